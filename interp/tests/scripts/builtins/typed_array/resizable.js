// Views follow their buffer; what is cut off is gone, also in the middle of a call.
const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
const all = new Uint8Array(buffer), last = new Uint8Array(buffer, 6, 2);
buffer.resize(4);
console.log(all.length, last.length); // expect: 4 0
buffer.resize(16);
console.log(all.length, last.length, all[15]); // expect: 16 2 0
all.fill(1);
console.log(all.map((x, i) => { if (i === 2) buffer.resize(4); return x; }).length); // expect: 16
console.log(all.at(-1), buffer.transfer().byteLength, all.length); // expect: 1 4 0
try { all.fill(0); } catch (e) { console.log(e.name); } // expect: TypeError
const view = new DataView(new ArrayBuffer(8));
view.setUint16(1, 0x1234); view.setFloat32(4, 1.5, true);
console.log(view.getUint16(1, true).toString(16), view.getFloat32(4, true)); // expect: 3412 1.5
