// A grid of fluid: diffusion, advection and projection by relaxation.
// What it asks: loops over arrays of numbers with fractions.
function make(n) {
  var a = new Array((n + 2) * (n + 2));
  for (var i = 0; i < a.length; i++) a[i] = 0;
  return a;
}
function edges(n, x, sign) {
  var w = n + 2;
  for (var i = 1; i <= n; i++) {
    x[i] = sign === 2 ? -x[i + w] : x[i + w];
    x[i + (n + 1) * w] = sign === 2 ? -x[i + n * w] : x[i + n * w];
    x[i * w] = sign === 1 ? -x[i * w + 1] : x[i * w + 1];
    x[i * w + n + 1] = sign === 1 ? -x[i * w + n] : x[i * w + n];
  }
}
function relax(n, sign, x, x0, a, c) {
  var w = n + 2, k = 1 / c;
  for (var round = 0; round < 12; round++) {
    for (var j = 1; j <= n; j++) {
      var row = j * w, last = x[row];
      for (var i = 1; i <= n; i++) {
        var at = row + i;
        last = x[at] = (x0[at] + a * (last + x[at + 1] + x[at - w] + x[at + w])) * k;
      }
    }
    edges(n, x, sign);
  }
}
function advect(n, sign, d, d0, u, v, dt) {
  var w = n + 2, scale = dt * n, top = n + 0.5;
  for (var j = 1; j <= n; j++) {
    for (var i = 1; i <= n; i++) {
      var at = j * w + i, x = i - scale * u[at], y = j - scale * v[at];
      if (x < 0.5) x = 0.5; else if (x > top) x = top;
      if (y < 0.5) y = 0.5; else if (y > top) y = top;
      var i0 = x | 0, j0 = y | 0, s = x - i0, t = y - j0, p = j0 * w + i0;
      d[at] = (1 - s) * ((1 - t) * d0[p] + t * d0[p + w]) + s * ((1 - t) * d0[p + 1] + t * d0[p + w + 1]);
    }
  }
  edges(n, d, sign);
}
function project(n, u, v, p, div) {
  var w = n + 2, h = -0.5 / n;
  for (var j = 1; j <= n; j++) {
    for (var i = 1; i <= n; i++) {
      var at = j * w + i;
      div[at] = h * (u[at + 1] - u[at - 1] + v[at + w] - v[at - w]);
      p[at] = 0;
    }
  }
  edges(n, div, 0);
  relax(n, 0, p, div, 1, 4);
  for (j = 1; j <= n; j++) {
    for (i = 1; i <= n; i++) {
      at = j * w + i;
      u[at] -= 0.5 * n * (p[at + 1] - p[at - 1]);
      v[at] -= 0.5 * n * (p[at + w] - p[at - w]);
    }
  }
  edges(n, u, 1);
  edges(n, v, 2);
}
function run() {
  var n = 24, u = make(n), v = make(n), u0 = make(n), v0 = make(n), d = make(n), d0 = make(n);
  for (var step = 0; step < 4; step++) {
    for (var i = 0; i < d.length; i++) {
      u0[i] = u[i];
      v0[i] = v[i];
      d0[i] = d[i];
    }
    u0[5 * (n + 2) + 5] += 8;
    v0[9 * (n + 2) + 7] += 5;
    d0[7 * (n + 2) + 7] += 100;
    relax(n, 1, u, u0, 0.01, 1.04);
    relax(n, 2, v, v0, 0.01, 1.04);
    project(n, u, v, u0, v0);
    advect(n, 0, d, d0, u, v, 0.1);
  }
  var sum = 0;
  for (i = 0; i < d.length; i++) sum += d[i];
  return Math.round(sum * 1000);
}
