// Every text of the pages, in English and Korean. What Rust says of a scene or a history comes from there.

const EN = {
  skip: "Skip to the player",
  theme: "Light or dark",
  help: "Help",
  close: "Close",
  language: "Language",
  copy: "Copy",
  copied: "Copied",
  copyByHand: "Select and copy it:",
  broken: "This page could not be shown: ",
  noDecompression: "this browser cannot decompress data (DecompressionStream). Chrome 80, Firefox 113 and Safari 16.4 can.",

  playTitle: "Play the scheduler",
  register: "Register",
  scenario: "Scenario",
  memory: "Memory",
  sc: "sequential",
  x86: "x86",
  weak: "weak",
  scLong: "sequentially consistent: every load finds the latest store",
  x86Long: "x86: stores wait in a buffer of their thread",
  weakLong: "weak memory, that of C++20 and Rust: loads may find old stores",
  changed: (what) => `changed: ${what}`,
  levels: "Levels",
  freePlay: "Free play",
  level: (at, all) => `Level ${at} of ${all}`,
  nextLevel: "Next level",
  previousLevel: "Previous level",
  solved: "Solved",
  solvedCount: (solved, all) => `${solved} of ${all} solved`,
  giveHint: "A hint",

  goal: "Goal",
  "goal-atomic": "break atomic",
  "goal-regular": "break regular",
  "goal-safe": "break safe",
  "goal-fails": "make it fail",
  "goal-play": "just play",
  reached: "There it is.",
  thereIsAWay: (steps) => `There is a way: ${steps === 1 ? "1 step" : `${steps} steps`}.`,
  noWay: (states) => `No way: none of all ${states} states shows it.`,
  noWayFromHere: "No way from here any more: undo.",
  notShown: "Goal reached means finding out that nothing breaks it: look at every state.",
  allLookedAt: (states) => `Looked at all ${states} states: none breaks it. That is a proof.`,

  safe: "safe",
  regular: "regular",
  atomic: "atomic",
  "is-safe": "holds, whatever happens now",
  "is-open": "holds so far, can still break",
  "is-lost": "holds so far, will break whatever you do",
  "is-broken": "broken",
  claimed: "claimed",

  happened: "What has happened",
  accesses: (count) => (count === 1 ? "1 access" : `${count} accesses`),
  switches: (count) => (count === 1 ? "1 change of thread" : `${count} changes of thread`),
  oldLoads: (count) => (count === 1 ? "1 old load" : `${count} old loads`),
  write: (value) => `write ${value}`,
  read: "read",
  readReturned: (value) => `read → ${value}`,
  untouched: (count) => `${count} untouched ${count === 1 ? "word" : "words"} not shown`,
  scoreLabel: (operations, accesses) => `Time from left to right. ${operations} ${accesses}`,

  whoseTurn: "Whose step is next?",
  over: "The execution is over.",
  done: "done",
  between: "between two operations",
  waitsForOthers: "waits until others have completed",
  waitsForLock: (name) => `waits for ${name}`,
  waitsForChange: "has failed, and waits for something to change",
  waitsForBuffer: "waits for its buffer",
  neverCompletes: "never completes, as it is drawn",
  invoke: (what) => `invoke ${what}`,
  complete: (what) => `complete ${what}`,
  reaches: (what) => `${what} reaches the memory`,
  startsAgain: "starts again",
  goesOn: "goes on",
  old: (latest) => `old: latest is ${latest}`,
  "breaks-note": (model) => `✗ breaks ${model}`,
  "lost-note": (model) => `⚠ ${model} is lost`,
  "safe-note": (model) => `✓ ${model} is safe now`,
  fails: "goes wrong",

  undo: "Undo",
  redo: "Redo",
  restart: "Start over",
  hint: "Hint",
  show: "Show the smallest way",
  toEnd: "To the end",
  sweep: "Look at every state",
  whereStepsLead: "where steps lead",
  hintIs: (thread) => `The smallest way goes on with a step of T${thread}.`,

  map: "Every state there is",
  seen: (seen, all) => `${seen} of ${all} states seen`,
  executionsHere: (count, share) => `${count} executions from here${share}`,
  shareBreaks: (share, model) => `; ${share} break ${model}`,
  mapLabel: (states) => `Map of all ${states} states, by the number of steps. The buttons above lead from one to the next.`,

  code: "Where each thread stands",
  noSource: "The sources are not at hand; lines are named in the list of steps.",
  schedule: "Your schedule",
  copySchedule: "Copy schedule",
  notReplayable: "With old loads: threads that take turns cannot do this. Change the memory to sequential to replay.",
  notReplayableFails: "It ends where the register goes wrong: there is nothing to replay.",
  replayBy: (register) => `workbench replay ${register} FILE`,
  noSteps: "No step yet.",
  link: "Copy link",

  helpTitle: "You are the scheduler",
  helpText: [
    "Threads take steps, and you say whose step is next. Each button is a step that the explorer of the workbench found; nothing is simulated here.",
    "Squares are stores, circles are loads, with the value inside. Bars are operations.",
    "✓ holds whatever happens now · ◔ holds so far, can still break · ⚠ holds so far, will break whatever you do · ✗ broken.",
    "Safe: a read that overlaps a write may return anything. Regular: it returns the value before, or one being written. Atomic: all happens as if at one instant each.",
  ],
  keys: [
    ["1 … 9", "take a step"],
    ["← u", "undo"],
    ["→ r", "redo"],
    ["Home", "start over"],
    ["h", "hint"],
    ["s", "show the smallest way"],
    ["e", "to the end"],
    ["v", "look at every state"],
    ["g", "next goal"],
    ["m", "next memory"],
    ["l", "language"],
    ["n", "next level"],
    ["c", "copy the schedule"],
    ["?", "this help"],
  ],

  historyTitle: (operations, processes, registers) => `${operations} operations of ${processes} processes, ${registers}`,
  registersCount: (count) => (count === 1 ? "1 register" : `${count} registers`),
  meets: "meets",
  breaks: "breaks",
  unknown: "unknown",
  meetsAll: "This model is met.",
  undecided: "This could not be decided within the budget.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  everything: "everything",
  toWitness: "to the witness",
  allRegisters: "all registers",
  shown: (shown, all) => `${shown} of ${all} operations`,
  legendWrite: "write",
  legendRead: "read",
  legendSwap: "compare-and-swap",
  witnessTable: "The witness",
  process: "process",
  operation: "operation",
  value: "value",
  invoked: "invoked",
  completed: "completed",
  pending: "never",
  historyLabel: "Operations of each process over time. The table below has the witness.",
  selected: "Selected",
  historyHelp: [
    "Each row is a process, each bar an operation: square ends write, round ends read. Where there are too many for bars, columns show how busy the process is.",
    "The wheel zooms where the pointer is, dragging moves.",
  ],
  historyKeys: [
    ["w +  s −", "zoom in, zoom out"],
    ["a ←  d →", "move"],
    ["0", "everything"],
    ["f", "to the witness"],
    ["[ ]", "operation before, next"],
    ["1 … 9", "choose a model"],
    ["Esc", "select nothing"],
    ["l", "language"],
    ["?", "this help"],
  ],

  modelsTitle: "Models and registers",
  diagram: "Which model implies which",
  diagramText: "A line leads from a model down to those that it implies. Choose two to see what tells them apart.",
  implies: (from, to) => `${from} implies ${to}.`,
  notImplies: (from, to) => `${from} does not imply ${to}: this history meets ${from}, and breaks ${to}.`,
  from: "Meets",
  to: "but breaks",
  ladder: "Registers: what they guarantee, who waits, and what they cost",
  ladderText: "Each register stands where its class and its waiting put it. The link opens it in the player.",
  class: "class",
  reads: "reads",
  writes: "writes",
  words: "words of memory",
  readSteps: "steps of a read",
  writeSteps: "steps of a write",
  play: "play",
  modelsHelp: ["All pages work offline, by keyboard alone, in light and dark, in English and Korean."],
  modelsKeys: [["l", "language"], ["?", "this help"]],
  indexTitle: "The register-semantics workbench",
  indexText: "What does a shared register really guarantee: safe, regular or atomic? See it, and play it.",
};

const KO = {
  skip: "바로 놀이로",
  theme: "밝게 또는 어둡게",
  help: "도움말",
  close: "닫기",
  language: "언어",
  copy: "복사",
  copied: "복사했습니다",
  copyByHand: "골라서 복사하세요:",
  broken: "이 페이지를 보여 줄 수 없습니다: ",
  noDecompression: "이 브라우저는 압축을 풀지 못합니다 (DecompressionStream). Chrome 80, Firefox 113, Safari 16.4부터 됩니다.",

  playTitle: "스케줄러가 되어 보기",
  register: "레지스터",
  scenario: "시나리오",
  memory: "메모리",
  sc: "순차 일관",
  x86: "x86",
  weak: "약한",
  scLong: "순차 일관성: 모든 읽기가 가장 최근 저장을 봅니다",
  x86Long: "x86: 저장이 스레드마다 있는 버퍼에서 기다립니다",
  weakLong: "약한 메모리, C++20과 Rust의 것: 읽기가 오래된 저장을 볼 수 있습니다",
  changed: (what) => `바꾼 것: ${what}`,
  levels: "단계",
  freePlay: "자유롭게",
  level: (at, all) => `${all}단계 중 ${at}단계`,
  nextLevel: "다음 단계",
  previousLevel: "이전 단계",
  solved: "풀었습니다",
  solvedCount: (solved, all) => `${all}개 중 ${solved}개를 풀었습니다`,
  giveHint: "도움말 하나",

  goal: "목표",
  "goal-atomic": "원자성 깨기",
  "goal-regular": "정규성 깨기",
  "goal-safe": "안전성 깨기",
  "goal-fails": "오류 내기",
  "goal-play": "그냥 놀기",
  reached: "해냈습니다.",
  thereIsAWay: (steps) => `길이 있습니다: ${steps}걸음.`,
  noWay: (states) => `길이 없습니다: 상태 ${states}개 중 어느 것도 아닙니다.`,
  noWayFromHere: "여기서는 더 이상 길이 없습니다: 되돌리세요.",
  notShown: "아무것도 깨지지 않음을 알아내는 것이 목표입니다: 모든 상태를 살펴보세요.",
  allLookedAt: (states) => `상태 ${states}개를 모두 보았습니다: 깨는 것이 없습니다. 이것이 증명입니다.`,

  safe: "안전",
  regular: "정규",
  atomic: "원자",
  "is-safe": "이제 무슨 일이 있어도 지켜집니다",
  "is-open": "아직 지켜지지만 깨질 수 있습니다",
  "is-lost": "아직 지켜지지만 무엇을 해도 깨집니다",
  "is-broken": "깨졌습니다",
  claimed: "주장",

  happened: "지금까지 일어난 일",
  accesses: (count) => `접근 ${count}번`,
  switches: (count) => `스레드 전환 ${count}번`,
  oldLoads: (count) => `오래된 읽기 ${count}번`,
  write: (value) => `쓰기 ${value}`,
  read: "읽기",
  readReturned: (value) => `읽기 → ${value}`,
  untouched: (count) => `건드리지 않은 단어 ${count}개는 보이지 않습니다`,
  scoreLabel: (operations, accesses) => `시간은 왼쪽에서 오른쪽으로 흐릅니다. ${operations} ${accesses}`,

  whoseTurn: "다음은 누구 차례인가요?",
  over: "실행이 끝났습니다.",
  done: "끝",
  between: "두 연산 사이",
  waitsForOthers: "다른 연산이 끝나기를 기다립니다",
  waitsForLock: (name) => `${name}: 잠금을 기다립니다`,
  waitsForChange: "실패했고, 무언가 바뀌기를 기다립니다",
  waitsForBuffer: "버퍼가 비기를 기다립니다",
  neverCompletes: "그림대로 끝나지 않습니다",
  invoke: (what) => `${what} 시작`,
  complete: (what) => `${what} 끝`,
  reaches: (what) => `${what}: 메모리에 닿음`,
  startsAgain: "다시 시작",
  goesOn: "계속",
  old: (latest) => `오래된 값: 최신은 ${latest}`,
  "breaks-note": (model) => `✗ ${model} 깨짐`,
  "lost-note": (model) => `⚠ ${model} 잃음`,
  "safe-note": (model) => `✓ ${model} 지켜짐`,
  fails: "오류",

  undo: "되돌리기",
  redo: "다시 하기",
  restart: "처음부터",
  hint: "힌트",
  show: "가장 작은 길 보기",
  toEnd: "끝까지",
  sweep: "모든 상태 보기",
  whereStepsLead: "걸음의 결과 보기",
  hintIs: (thread) => `가장 작은 길은 T${thread}의 걸음으로 이어집니다.`,

  map: "모든 상태의 지도",
  seen: (seen, all) => `상태 ${all}개 중 ${seen}개를 보았습니다`,
  executionsHere: (count, share) => `여기서 갈 수 있는 실행 ${count}개${share}`,
  shareBreaks: (share, model) => `; ${share}가 ${model}을 깹니다`,
  mapLabel: (states) => `걸음 수에 따라 늘어놓은 상태 ${states}개의 지도. 위의 단추로 한 상태에서 다음으로 갑니다.`,

  code: "스레드가 서 있는 곳",
  noSource: "소스가 곁에 없습니다. 줄 번호는 걸음 목록에 있습니다.",
  schedule: "당신의 스케줄",
  copySchedule: "스케줄 복사",
  notReplayable: "오래된 읽기가 있어, 번갈아 도는 스레드로는 할 수 없습니다. 순차 일관 메모리로 바꾸면 됩니다.",
  notReplayableFails: "레지스터가 잘못되는 곳에서 끝납니다: 다시 해 볼 것이 없습니다.",
  replayBy: (register) => `workbench replay ${register} FILE`,
  noSteps: "아직 걸음이 없습니다.",
  link: "링크 복사",

  helpTitle: "당신이 스케줄러입니다",
  helpText: [
    "스레드가 걸음을 내딛고, 다음이 누구 차례인지는 당신이 정합니다. 단추 하나하나는 작업대의 탐색기가 찾아낸 걸음입니다. 여기서 흉내 내는 것은 없습니다.",
    "네모는 저장, 동그라미는 읽기이고 안에 값이 있습니다. 막대는 연산입니다.",
    "✓ 무슨 일이 있어도 지켜짐 · ◔ 아직 지켜지지만 깨질 수 있음 · ⚠ 아직 지켜지지만 무엇을 해도 깨짐 · ✗ 깨짐.",
    "안전: 쓰기와 겹친 읽기는 무엇이든 돌려줄 수 있습니다. 정규: 이전 값이거나 쓰고 있는 값을 돌려줍니다. 원자: 모든 연산이 한순간에 일어난 듯합니다.",
  ],
  keys: [
    ["1 … 9", "걸음 내딛기"],
    ["← u", "되돌리기"],
    ["→ r", "다시 하기"],
    ["Home", "처음부터"],
    ["h", "힌트"],
    ["s", "가장 작은 길 보기"],
    ["e", "끝까지"],
    ["v", "모든 상태 보기"],
    ["g", "다음 목표"],
    ["m", "다음 메모리"],
    ["l", "언어"],
    ["n", "다음 단계"],
    ["c", "스케줄 복사"],
    ["?", "이 도움말"],
  ],

  historyTitle: (operations, processes, registers) => `프로세스 ${processes}개의 연산 ${operations}개, ${registers}`,
  registersCount: (count) => `레지스터 ${count}개`,
  meets: "지킴",
  breaks: "깸",
  unknown: "모름",
  meetsAll: "이 모형을 지킵니다.",
  undecided: "정해진 예산 안에서 판정하지 못했습니다.",
  zoomIn: "크게",
  zoomOut: "작게",
  everything: "전체",
  toWitness: "증거로",
  allRegisters: "모든 레지스터",
  shown: (shown, all) => `연산 ${all}개 중 ${shown}개`,
  legendWrite: "쓰기",
  legendRead: "읽기",
  legendSwap: "비교 후 교환",
  witnessTable: "증거",
  process: "프로세스",
  operation: "연산",
  value: "값",
  invoked: "시작",
  completed: "끝",
  pending: "끝나지 않음",
  historyLabel: "프로세스마다 시간에 따른 연산. 아래 표에 증거가 있습니다.",
  selected: "고른 연산",
  historyHelp: [
    "줄 하나가 프로세스, 막대 하나가 연산입니다. 네모난 것은 쓰기, 둥근 것은 읽기입니다. 막대가 너무 많으면 얼마나 바쁜지를 기둥으로 보입니다.",
    "휠로 가리킨 곳을 크게 하고, 끌어서 움직입니다.",
  ],
  historyKeys: [
    ["w +  s −", "크게, 작게"],
    ["a ←  d →", "움직이기"],
    ["0", "전체"],
    ["f", "증거로"],
    ["[ ]", "이전 연산, 다음 연산"],
    ["1 … 9", "모형 고르기"],
    ["Esc", "고르지 않기"],
    ["l", "언어"],
    ["?", "이 도움말"],
  ],

  modelsTitle: "모형과 레지스터",
  diagram: "어느 모형이 어느 모형을 함의하는가",
  diagramText: "선은 모형에서 그것이 함의하는 모형으로 내려갑니다. 둘을 고르면 둘을 가르는 역사가 보입니다.",
  implies: (from, to) => `${from} ⇒ ${to}: 함의합니다.`,
  notImplies: (from, to) => `${from} ⇏ ${to}: 이 역사는 앞의 것을 지키고 뒤의 것을 깹니다.`,
  from: "지키는 모형",
  to: "깨는 모형",
  ladder: "레지스터: 무엇을 보장하고, 누가 기다리고, 무엇이 드는가",
  ladderText: "레지스터마다 등급과 기다림이 있습니다. 링크를 누르면 놀이에서 열립니다.",
  class: "등급",
  reads: "읽기",
  writes: "쓰기",
  words: "메모리 단어",
  readSteps: "읽기의 걸음",
  writeSteps: "쓰기의 걸음",
  play: "놀기",
  modelsHelp: ["모든 페이지는 인터넷 없이, 키보드만으로, 밝게도 어둡게도, 영어와 한국어로 쓸 수 있습니다."],
  modelsKeys: [["l", "언어"], ["?", "이 도움말"]],
  indexTitle: "레지스터 의미론 작업대",
  indexText: "공유 레지스터는 정말로 무엇을 보장하나요: 안전, 정규, 원자? 보고, 직접 해 보세요.",
};

const TEXTS = { en: EN, ko: KO };
let language = "en";
const listeners = [];

/** The language of the page. */
export function languageNow() {
  return language;
}

/** Chooses the language, and has everything drawn anew. */
export function setLanguage(to) {
  language = to in TEXTS ? to : "en";
  document.documentElement.lang = language;
  keep("language", language);
  for (const listener of listeners) listener();
}

/** Calls this whenever the language changes. */
export function onLanguage(listener) {
  listeners.push(listener);
}

/** A text in the language of the page. */
export function text(name, ...values) {
  const found = TEXTS[language][name] ?? EN[name];
  return typeof found === "function" ? found(...values) : found;
}

/** The words of this language, of a text that has both. */
export function spoken(words) {
  return words[language] ?? words.en;
}

/** A number with commas, or rounded if it is too large to be read. */
export function grouped(number) {
  if (number < 1e15) return Math.round(number).toLocaleString("en-US");
  return number.toExponential(1).replace("e+", "e");
}

/** Keeps something for the next time; where that is not allowed, forgets it. */
export function keep(name, value) {
  try {
    localStorage.setItem(`workbench:${name}`, value);
  } catch {
    // Private windows and some policies forbid it: the page works all the same.
  }
}

/** What was kept. */
export function kept(name) {
  try {
    return localStorage.getItem(`workbench:${name}`);
  } catch {
    return null;
  }
}
