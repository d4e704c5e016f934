// Why a class is broken, as a sentence: the one of Rust in English, and one in Korean.
import { languageNow } from "./words.js";

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

function ordinal(number) {
  return ORDINALS[number - 1] ?? `${number}th`;
}

/** The number of an operation among those of its thread that are of its kind, from 1. */
function nth(events, at) {
  const { thread, writes } = events.operations[at];
  return events.operations.filter((it, other) => other <= at && it.thread === thread && it.writes === writes).length;
}

function isAlone(events, at) {
  return events.value(at) !== events.initial && events.writesOf(events.value(at)).length === 1;
}

/** What an operation is called: `Thread 2's second read`, `the write of 1`. */
export function nameOf(events, at) {
  const { thread, writes, value } = events.operations[at];
  if (languageNow() === "ko") {
    if (!writes) return `스레드 ${thread}의 ${nth(events, at)}번째 읽기`;
    return isAlone(events, at) ? `${value} 쓰기` : `스레드 ${thread}의 ${nth(events, at)}번째 쓰기(${value})`;
  }
  if (!writes) return `Thread ${thread}'s ${ordinal(nth(events, at))} read`;
  return isAlone(events, at) ? `the write of ${value}` : `Thread ${thread}'s ${ordinal(nth(events, at))} write (of ${value})`;
}

function listed(items, and) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")}${and}${items[items.length - 1]}`;
}

/** The name of the anomaly, as Rust calls it. */
export function anomalyOf(events, { kind, one, other }) {
  if (kind === "crossing") return [one[0], other[0]].every((at) => events.operations[at].writes) ? "readers disagree" : "flip-flop";
  return {
    never: "value never written", torn: "torn read", future: "read from the future", stale: "stale read", inversion: "new-old inversion", none: "no linearization",
  }[kind];
}

/** The sentence of a violation. */
export function whyOf(events, violation) {
  return languageNow() === "ko" ? korean(events, violation) : english(events, violation);
}

function english(events, violation) {
  const name = (at) => nameOf(events, at);
  const value = (at) => events.value(at);
  const found = (at) => `${name(at)} returned ${value(at)}`;
  const withValue = (at) => (events.operations[at].writes ? name(at) : `${name(at)} (${value(at)})`);
  const { kind, read, write, source, overwritten, newer, old, one, other, words, witness } = violation;
  const head = anomalyOf(events, violation);
  switch (kind) {
    case "never":
      return `${head}: ${found(read)}, which nobody wrote`;
    case "torn": {
      const word = (from, at) => (from === null ? `word ${at} is of the initial value ${events.initial}` : `word ${at} is of ${name(from)}`);
      return `${head}: ${found(read)}: ${words.map(word).join(", ")}`;
    }
    case "future":
      return `${head}: ${found(read)} and completed before ${name(write)} was invoked`;
    case "stale":
      return source === null
        ? `${head}: ${name(read)} returned the initial value ${value(read)}, but ${name(overwritten)} had completed before the read was invoked`
        : `${head}: ${found(read)}, but ${name(overwritten)} had followed ${name(source)} and completed before the read was invoked`;
    case "inversion":
      return `${head}: ${found(newer)}, and ${name(old)}, invoked after it had completed, returned the older ${value(old)}`;
    case "crossing": {
      const [first, second] = [value(one[0]), value(one[1])];
      return `${head}: ${withValue(one[0])} completed before ${withValue(one[1])} was invoked, so ${first} came before ${second}; but ${withValue(other[0])} completed before ${withValue(other[1])} was invoked, so ${second} came before ${first}`;
    }
    default:
      return `${head}: no order of ${listed(witness.map(withValue), " and ")} keeps their precedence and lets each read return the last write before it`;
  }
}

function korean(events, violation) {
  const name = (at) => nameOf(events, at);
  const value = (at) => events.value(at);
  const withValue = (at) => (events.operations[at].writes ? name(at) : `${name(at)}(${value(at)})`);
  const { kind, read, write, source, overwritten, newer, old, one, other, words, witness } = violation;
  switch (kind) {
    case "never":
      return `쓰이지 않은 값: ${name(read)}가 ${value(read)} 값을 돌려주었지만 아무도 쓰지 않았습니다.`;
    case "torn": {
      const word = (from, at) => `단어 ${at}은 ${from === null ? `처음 값 ${events.initial}` : name(from)}에서 왔습니다`;
      return `찢어진 읽기: ${name(read)}가 ${value(read)} 값을 돌려주었습니다. ${words.map(word).join(", ")}.`;
    }
    case "future":
      return `미래를 읽음: ${name(read)}가 ${value(read)} 값을 돌려주고 끝났는데, ${name(write)}는 그 뒤에 시작했습니다.`;
    case "stale":
      return source === null
        ? `낡은 읽기: ${name(read)}가 처음 값 ${value(read)}을 돌려주었지만, ${name(overwritten)}가 이 읽기가 시작하기 전에 끝났습니다.`
        : `낡은 읽기: ${name(read)}가 ${value(read)} 값을 돌려주었지만, ${name(source)} 뒤의 ${name(overwritten)}가 이 읽기가 시작하기 전에 끝났습니다.`;
    case "inversion":
      return `새것 뒤의 옛것: ${name(newer)}가 ${value(newer)} 값을 돌려주었는데, 그것이 끝난 뒤에 시작한 ${name(old)}가 더 오래된 ${value(old)} 값을 돌려주었습니다.`;
    case "crossing": {
      const [first, second] = [value(one[0]), value(one[1])];
      return `순서가 엇갈림: ${withValue(one[0])}가 끝난 뒤에 ${withValue(one[1])}가 시작했으니 ${first}이 ${second}보다 먼저인데, ${withValue(other[0])}가 끝난 뒤에 ${withValue(other[1])}가 시작했으니 ${second}이 ${first}보다 먼저입니다.`;
    }
    default:
      return `설명할 순서가 없음: ${listed(witness.map(withValue), ", ")}를 앞뒤를 지키며 늘어놓아, 읽기마다 바로 앞의 쓰기를 돌려주게 할 수 없습니다.`;
  }
}
