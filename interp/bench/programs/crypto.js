// Arithmetic on numbers of 28-bit digits: modular exponentiation as public keys use it, and a block hash.
// What it asks: integers, shifts, arrays of small integers.
var BITS = 14, BASE = 1 << BITS, MASK = BASE - 1;
function fromInt(n) {
  var out = [];
  do {
    out.push(n & MASK);
    n = Math.floor(n / BASE);
  } while (n > 0);
  return out;
}
function trim(a) {
  while (a.length > 1 && a[a.length - 1] === 0) a.pop();
  return a;
}
function multiply(a, b) {
  var out = [];
  for (var i = 0; i < a.length + b.length; i++) out[i] = 0;
  for (i = 0; i < a.length; i++) {
    var carry = 0, x = a[i];
    for (var j = 0; j < b.length; j++) {
      var v = out[i + j] + x * b[j] + carry;
      out[i + j] = v & MASK;
      carry = v >>> BITS;
    }
    out[i + b.length] = carry;
  }
  return trim(out);
}
function compare(a, b) {
  if (a.length !== b.length) return a.length - b.length;
  for (var i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return a[i] - b[i];
  return 0;
}
function remainder(a, m) {
  var r = [0];
  for (var i = a.length - 1; i >= 0; i--) {
    r.unshift(a[i]);
    trim(r);
    if (compare(r, m) < 0) continue;
    // Guess the digit from the leading ones, then correct it.
    var n = m.length, top = (r[n] || 0) * BASE + r[n - 1], q = Math.min(MASK, Math.floor(top / m[n - 1]));
    var t = multiply(m, [q]);
    while (compare(t, r) > 0) {
      q--;
      t = multiply(m, [q]);
    }
    var borrow = 0;
    for (var j = 0; j < r.length; j++) {
      var v = r[j] - (t[j] || 0) - borrow;
      borrow = v < 0 ? 1 : 0;
      r[j] = v & MASK;
    }
    trim(r);
  }
  return r;
}
function power(b, e, m) {
  var out = [1];
  for (var i = 0; i < e.length; i++) {
    for (var k = 0; k < BITS; k++) {
      if ((e[i] >> k) & 1) out = remainder(multiply(out, b), m);
      b = remainder(multiply(b, b), m);
    }
  }
  return out;
}
function hash(words) {
  var h = 0x6a09e667;
  for (var round = 0; round < 40; round++) {
    for (var i = 0; i < words.length; i++) {
      h = Math.imul(h ^ words[i], 0x5bd1e995);
      h = (h << 13 | h >>> 19) ^ (h >>> 7);
    }
  }
  return h >>> 0;
}
function run() {
  var m = [12289, 8191, 16001, 9973, 15013, 12007, 13001, 11003, 16127, 8111];
  var b = [3, 5, 7, 11, 13, 17, 19, 23, 29, 31];
  var p = power(b, [16363, 1021], m);
  return p.join(",") + ":" + hash(p);
}
