<% // Keeps everything it makes, until its heap is full.
var kept = [];
for (;;) {
  kept.push({ number: kept.length, list: [1, 2, 3, 4, 5, 6, 7, 8] });
} %>
