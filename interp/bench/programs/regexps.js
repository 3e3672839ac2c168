// A tokenizer, a log parser and a template filler made of regular expressions.
// What it asks: matching with groups, sticky and global searches, replacing with functions.
var token = /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z_$][\w$]*)|("(?:[^"\\]|\\.)*")|(===|!==|=>|&&|\|\||[-+*\/%=<>!?:;,.(){}\[\]]))/y;
function tokenize(text) {
  var kinds = [0, 0, 0, 0], m;
  token.lastIndex = 0;
  while (token.lastIndex < text.length && (m = token.exec(text)) !== null) {
    for (var k = 0; k < 4; k++) if (m[k + 1] !== undefined) kinds[k]++;
  }
  return kinds.join("/");
}
var line = /^(?<ip>\d{1,3}(?:\.\d{1,3}){3}) - (\S+) \[([^\]]+)\] "(GET|POST|HEAD) ([^ "]*) HTTP\/1\.[01]" (\d{3}) (\d+|-)$/;
function parse(lines) {
  var bytes = 0, errors = 0;
  for (var i = 0; i < lines.length; i++) {
    var m = line.exec(lines[i]);
    if (m === null) continue;
    if (m[6] >= "400") errors++;
    if (m[7] !== "-") bytes += Number(m[7]);
  }
  return bytes + "/" + errors;
}
function fill(template, values) {
  return template.replace(/\{\{\s*([a-z]+)(?:\s*\|\s*([a-z]+))?\s*\}\}/g, function (all, name, filter) {
    var v = values[name] === undefined ? all : values[name];
    return filter === "upper" ? v.toUpperCase() : v;
  });
}
var source = 'function add(a, b) { return a + b * 10.5e3; } var s = "a \\"quoted\\" text"; if (x !== 3 && y) add(1, [2, s]);\n';
function run() {
  var out = [];
  out.push(tokenize(new Array(25).join(source)));
  var lines = [];
  for (var i = 0; i < 120; i++) {
    lines.push("10.0." + (i % 7) + "." + i + ' - user' + i + ' [25/Nov/2026:10:00:' + (i % 60) + ' +0000] "' +
      ["GET", "POST", "PUT"][i % 3] + " /page" + i + ".asp?x=" + i + ' HTTP/1.1" ' + (i % 11 === 0 ? 404 : 200) + " " + (i % 5 ? i * 37 : "-"));
  }
  out.push(parse(lines));
  var template = "Dear {{ name | upper }}, your order {{order}} of {{ day }} is {{state}}; {{missing}} remains. ";
  out.push(fill(new Array(30).join(template), { name: "ann", order: "17", day: "Friday", state: "sent" }).length);
  out.push(new Array(200).join("ab,c;d  e\tf ").split(/[,;\s]+/).length);
  out.push("2026-11-25 and 1999-01-02".replace(/(\d+)-(\d+)-(\d+)/g, "$3.$2.$1"));
  return out.join(" ");
}
