// Unpacks the program of a page, and runs it: the one script that a page has as plain text.
const packed = document.getElementById("program").textContent;
if (typeof DecompressionStream === "undefined") {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.textContent = navigator.language.startsWith("ko")
    ? "이 브라우저는 압축을 풀지 못합니다 (DecompressionStream). Chrome 80, Firefox 113, Safari 16.4부터 됩니다."
    : "This browser cannot decompress data (DecompressionStream). Chrome 80, Firefox 113 and Safari 16.4 can.";
  document.querySelector("main").prepend(notice);
} else {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.type = "module";
  script.nonce = document.querySelector("script[nonce]").nonce;
  script.textContent = await new Response(plain).text();
  document.body.append(script);
}
