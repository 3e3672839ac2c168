// Sorting: the built-in one with a comparison, a quicksort and a heap written out, texts and records.
// What it asks: element access, comparison callbacks.
function numbers(n) {
  const out = [];
  let s = 123456789;
  for (let i = 0; i < n; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) | 0;
    out.push((s >>> 8) % 100000);
  }
  return out;
}
function quick(a, from, to) {
  while (from < to) {
    const pivot = a[(from + to) >> 1];
    let i = from, j = to;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        const t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - from < to - i) {
      quick(a, from, j);
      from = i;
    } else {
      quick(a, i, to);
      to = j;
    }
  }
}
function heapSort(a) {
  const sift = (at, end) => {
    const v = a[at];
    for (;;) {
      let child = 2 * at + 1;
      if (child >= end) break;
      if (child + 1 < end && a[child + 1] > a[child]) child++;
      if (a[child] <= v) break;
      a[at] = a[child];
      at = child;
    }
    a[at] = v;
  };
  for (let i = (a.length >> 1) - 1; i >= 0; i--) sift(i, a.length);
  for (let end = a.length - 1; end > 0; end--) {
    const t = a[0];
    a[0] = a[end];
    a[end] = t;
    sift(0, end);
  }
}
function check(a) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum = (sum * 31 + a[i]) % 1000003;
  return sum;
}
function run() {
  const base = numbers(1200);
  const a = base.slice(), b = base.slice(), c = base.slice();
  quick(a, 0, a.length - 1);
  heapSort(b);
  c.sort((x, y) => x - y);
  const records = base.slice(0, 400).map((n, i) => ({ key: n % 50, text: "r" + i }));
  records.sort((x, y) => x.key - y.key || (x.text < y.text ? -1 : 1));
  const texts = base.slice(0, 300).map(String).sort();
  return [check(a), check(b), check(c), records[7].text, texts[11]].join(":");
}
