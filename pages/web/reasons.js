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
  if (languageNow() !== "ko") return english(events, violation);
  return koreanOf(violation, {
    initial: events.initial,
    name: (at) => nameOf(events, at),
    value: (at) => events.value(at),
    isWrite: (at) => events.operations[at].writes,
  });
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

/** The Korean sentence of a reason, given what operations are called and what they wrote or returned. */
export function koreanOf(reason, { initial, name, value, isWrite, isEarlier }) {
  const withValue = (at) => (isWrite(at) ? name(at) : `${name(at)}(${value(at)})`);
  const { kind, read, write, source, overwritten, newer, old, one, other, words, witness, steps } = reason;
  switch (kind) {
    case "never":
      return `쓰이지 않은 값: ${name(read)}가 ${value(read)} 값을 돌려주었지만 아무도 쓰지 않았습니다.`;
    case "aborted":
      return `취소된 쓰기를 읽음: ${name(read)}가 ${value(read)} 값을 돌려주었지만, 그 값은 스레드 ${reason.process}의 실패한 연산만이 쓰려던 것입니다.`;
    case "torn": {
      const word = (from, at) => `단어 ${at}: ${from === null ? `처음 값 ${initial}` : name(from)}`;
      return `찢어진 읽기: ${name(read)}가 ${value(read)} 값을 돌려주었습니다. 단어가 온 곳은 ${words.map(word).join(", ")}.`;
    }
    case "future":
      return `미래를 읽음: ${name(read)}가 ${value(read)} 값을 돌려주고 끝났는데, ${name(write)}는 그 뒤에 시작했습니다.`;
    case "stale":
      return source === null
        ? `낡은 읽기: ${name(read)}가 처음 값 ${value(read)}을 돌려주었지만, ${name(overwritten)}가 이 읽기가 시작하기 전에 끝났습니다.`
        : `낡은 읽기: ${name(read)}가 ${value(read)} 값을 돌려주었지만, ${name(source)} 뒤의 ${name(overwritten)}가 이 읽기가 시작하기 전에 끝났습니다.`;
    case "refused":
      return `같은데도 거절됨: ${name(read)}가 레지스터에 있던 값을 찾지 못했습니다.`;
    case "inversion":
      return `새것 뒤의 옛것: ${name(newer)}가 ${value(newer)} 값을 돌려주었는데, 그것이 끝난 뒤에 시작한 ${name(old)}가 더 오래된 ${value(old)} 값을 돌려주었습니다.`;
    case "crossing": {
      const [first, second] = [value(one[0]), value(one[1])];
      return `순서가 엇갈림: ${withValue(one[0])}가 끝난 뒤에 ${withValue(one[1])}가 시작했으니 ${first} 다음이 ${second}인데, ${withValue(other[0])}가 끝난 뒤에 ${withValue(other[1])}가 시작했으니 ${second} 다음이 ${first}입니다.`;
    }
    case "order":
      return `시작한 순서와 다름: ${name(read)}가 ${value(read)} 값을 돌려주었지만, ${name(write)}는 그${isEarlier(read, write) ? " 뒤에야" : "보다 먼저"} 시작했습니다.`;
    case "cycle":
      return `순환하는 순서: ${steps.map(([from, to, why]) => `${withValue(from)} → ${withValue(to)} (${STEPS[why]})`).join(", ")}.`;
    default:
      return `설명할 순서가 없음: ${listed(witness.slice(0, 16).map(withValue), ", ")}${witness.length > 16 ? " …" : ""}를 앞뒤를 지키며 늘어놓아, 읽기마다 바로 앞의 쓰기를 돌려주게 할 수 없습니다.`;
  }
}

/** Why one operation of a cycle comes before the next. */
const STEPS = {
  process: "같은 프로세스에서 먼저",
  "read-from": "그 값을 읽음",
  overwritten: "덮어쓰기 전이어야 함",
  "not-yet": "아직 못 봄",
  session: "더 오래되어야 함",
};
