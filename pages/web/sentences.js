// What breaks a class, in the language of the page: English as it was judged, Korean from the kind of anomaly and the
// operations that prove it.
import { languageNow } from "./words.js";

const ANOMALIES = {
  "torn read": "찢어진 읽기",
  "value never written": "아무도 쓰지 않은 값",
  "read from the future": "미래를 읽음",
  "stale read": "낡은 읽기",
  "new-old inversion": "새것 뒤의 옛것",
  "aborted read": "취소된 쓰기를 읽음",
  "refused though equal": "같은데도 거절됨",
  "readers disagree": "읽는 이들이 서로 다름",
  "flip-flop": "오락가락",
  "cyclic order": "순환하는 순서",
  "no linearization": "설명할 순서가 없음",
  "data race": "데이터 경쟁",
  "use after free": "해제 후 사용",
  panic: "패닉",
};

/** The name of an anomaly. */
export function anomalyNamed(name) {
  return languageNow() === "ko" ? (ANOMALIES[name] ?? name) : name;
}

/** The sentence of a violation: `[model, anomaly, sentence, operations]`. */
export function sentenceOf(violation, scene, operations) {
  const [, anomaly, sentence, witness] = violation;
  if (languageNow() !== "ko") return sentence;
  const reads = witness.filter((at) => scene.operations[at].writes === null);
  const returned = (at) => operations[at].returned;
  const named = (at) => {
    const { thread, lane, writes } = scene.operations[at];
    const alike = scene.lanes[lane].filter((it) => (scene.operations[it].writes === null) === (writes === null));
    return writes === null ? `스레드 ${thread}의 ${alike.indexOf(at) + 1}번째 읽기` : `${writes} 쓰기`;
  };
  const [first, second] = reads;
  const name = anomalyNamed(anomaly);
  switch (anomaly) {
    case "torn read":
      return `${name}: ${named(first)}가 ${returned(first)} 값을 돌려주었습니다. 서로 다른 쓰기에서 온 단어가 섞였습니다.`;
    case "new-old inversion":
      if (second === undefined) break;
      return `${name}: ${named(first)}가 ${returned(first)} 값을 돌려주었는데, 그 뒤에 시작한 ${named(second)}가 더 오래된 ${returned(second)} 값을 돌려주었습니다.`;
    case "stale read":
      return `${name}: ${named(first)}가 이미 덮어쓰인 ${returned(first)} 값을 돌려주었습니다.`;
    case "value never written":
      return `${name}: ${named(first)}가 ${returned(first)} 값을 돌려주었지만 아무도 쓰지 않았습니다.`;
    case "read from the future":
      return `${name}: ${named(first)}가 나중에야 쓰이는 ${returned(first)} 값을 돌려주었습니다.`;
  }
  const listed = witness.map((at) => (returned(at) === null ? named(at) : `${named(at)} → ${returned(at)}`));
  return `${name}: ${listed.join(", ")}. 어떤 순서로도 설명되지 않습니다.`;
}

const FAULTS = [
  [/any loss, any crash/, "아무 메시지나 잃음, 아무나 멈춤"],
  [/(\d+) duplicates?/, "두 번 오는 메시지 $1개"],
  [/(\d+) suspicions?/, "의심 $1번"],
  [/(\d+) restarts? without a disk/, "디스크 없는 재시작 $1번"],
  [/(\d+) gossips?/, "소문 $1번"],
  [/(\d+) resends?/, "다시 보내기 $1번"],
  [/(\d+) ticks? of each clock/, "시계마다 $1칸"],
  [/clocks up to (\d+) apart/, "시계 차이 $1칸까지"],
];

/** What may go wrong over a network, in the language of the page. */
export function faultsNamed(faults) {
  if (languageNow() !== "ko") return faults;
  return FAULTS.reduce((said, [english, korean]) => said.replace(english, korean), faults);
}
