// Building and taking apart text: a report with columns, words counted, a substitution cipher.
// What it asks: concatenation, charCodeAt, split, join, slices, numbers as text.
function words(n) {
  var text = "", state = 7;
  for (var i = 0; i < n; i++) {
    state = (state * 1309 + 13849) & 0xffff;
    var length = 2 + (state & 7);
    for (var k = 0; k < length; k++) text += String.fromCharCode(97 + ((state >> k) % 26));
    text += i % 12 === 11 ? ".\n" : " ";
  }
  return text;
}
function count(text) {
  var counts = {}, start = -1;
  for (var i = 0; i <= text.length; i++) {
    var c = i < text.length ? text.charCodeAt(i) : 32;
    if (c >= 97 && c <= 122) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      var word = text.substring(start, i);
      counts[word] = (counts[word] || 0) + 1;
      start = -1;
    }
  }
  return counts;
}
function shift(text, by) {
  var out = [];
  for (var i = 0; i < text.length; i++) {
    var c = text.charCodeAt(i);
    out.push(c >= 97 && c <= 122 ? String.fromCharCode(97 + ((c - 97 + by) % 26)) : text[i]);
  }
  return out.join("");
}
function report(counts) {
  var lines = Object.keys(counts).map(function (w) {
    var n = String(counts[w]);
    while (n.length < 6) n = " " + n;
    return (w + "..........").slice(0, 12) + n;
  });
  return lines.sort().join("\n").toUpperCase();
}
function run() {
  var text = words(1500);
  var page = report(count(text));
  var secret = shift(shift(text, 11), 15);
  var lines = secret.split("\n"), sum = 0;
  for (var i = 0; i < lines.length; i++) sum += lines[i].indexOf("a") * lines[i].length + lines[i].lastIndexOf(" ");
  return page.length + ":" + sum + ":" + (secret === text) + ":" + text.replace(/a/g, "bb").length;
}
