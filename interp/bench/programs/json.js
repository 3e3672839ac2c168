// Documents written as JSON, read again, and changed between.
// What it asks: JSON.stringify and JSON.parse, object literals, keys.
function make(n) {
  var items = [];
  for (var i = 0; i < n; i++) {
    items.push({
      id: i,
      name: "item " + i,
      price: i * 1.25,
      tags: ["new", i % 2 ? "odd" : "even", "t\u00e9\u20ac\n" + (i % 7)],
      size: { width: i % 10, height: i % 7, unit: i % 3 ? "cm" : null },
      stock: i % 5 !== 0
    });
  }
  return { version: 3, items: items, total: n };
}
function run() {
  var text = JSON.stringify(make(150)), sum = 0;
  for (var round = 0; round < 3; round++) {
    var doc = JSON.parse(text);
    for (var i = 0; i < doc.items.length; i++) {
      var item = doc.items[i];
      sum += item.price + item.tags[2].length + item.size.width;
      item.round = round;
      if (i % 10 === 0) delete item.stock;
    }
    text = JSON.stringify(doc, null, round === 1 ? 2 : 0);
  }
  return text.length + ":" + sum;
}
