// Uint8Array to and from base64 and hexadecimal.
const a = Uint8Array.of(255, 239, 0, 7);
console.log(a.toBase64(), a.toBase64({ alphabet: "base64url", omitPadding: true }), a.toHex()); // expect: /+8ABw== _-8ABw ffef0007
console.log(Uint8Array.fromBase64(" /+8A Bw").join(), Uint8Array.fromHex("00fF").join()); // expect: 255,239,0,7 0,255
console.log(JSON.stringify(a.setFromBase64("AAECAwQFBgc=")), a.join()); // expect: {"read":4,"written":3} 0,1,2,7
try { Uint8Array.fromBase64("AB==", { lastChunkHandling: "strict" }); } catch (e) { console.log(e.name); } // expect: SyntaxError
