// The data of a page: compressed, in base64, decompressed when it is looked at.

/** Base64 as bytes. */
export function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Packed text as bytes. */
export async function unpacked(base64) {
  if (typeof DecompressionStream === "undefined") throw new Error("no DecompressionStream");
  const stream = new Blob([bytesOf(base64)]).stream();
  const plain = stream.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/** Packed text as what its JSON says. */
export async function unpackedJson(base64) {
  return JSON.parse(new TextDecoder().decode(await unpacked(base64)));
}

/** A scene: what its JSON says, and behind a zero the bytes of its graph. */
export async function unpackedScene(base64) {
  const bytes = await unpacked(base64);
  const end = bytes.indexOf(0);
  const scene = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  return { ...scene, graph: bytes.subarray(end + 1) };
}

/** Reads numbers of variable length, seven bits to a byte. */
export class Varints {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  next() {
    let number = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) return number;
      scale *= 128;
    }
  }

  /** A number with a sign: 0, -1, 1, -2, ... are written as 0, 1, 2, 3, ... */
  nextSigned() {
    const number = this.next();
    return number % 2 ? -(number + 1) / 2 : number / 2;
  }
}
