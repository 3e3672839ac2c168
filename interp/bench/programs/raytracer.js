// A ray tracer: spheres over a chequered floor, with shadows and reflection.
// What it asks: numbers with fractions in fields of short-lived objects.
function Vector(x, y, z) {
  this.x = x;
  this.y = y;
  this.z = z;
}
Vector.prototype.plus = function (o) { return new Vector(this.x + o.x, this.y + o.y, this.z + o.z); };
Vector.prototype.minus = function (o) { return new Vector(this.x - o.x, this.y - o.y, this.z - o.z); };
Vector.prototype.times = function (k) { return new Vector(this.x * k, this.y * k, this.z * k); };
Vector.prototype.dot = function (o) { return this.x * o.x + this.y * o.y + this.z * o.z; };
Vector.prototype.unit = function () { return this.times(1 / Math.sqrt(this.dot(this))); };

function Sphere(center, radius, color, mirror) {
  this.center = center;
  this.radius = radius;
  this.color = color;
  this.mirror = mirror;
}
Sphere.prototype.hit = function (from, way) {
  var to = this.center.minus(from);
  var along = to.dot(way);
  if (along < 0) return Infinity;
  var rest = to.dot(to) - along * along;
  var r2 = this.radius * this.radius;
  if (rest > r2) return Infinity;
  var half = Math.sqrt(r2 - rest);
  return along - half > 1e-6 ? along - half : along + half > 1e-6 ? along + half : Infinity;
};
Sphere.prototype.normal = function (at) { return at.minus(this.center).times(1 / this.radius); };
Sphere.prototype.colorAt = function () { return this.color; };

function Floor(height) {
  this.height = height;
  this.mirror = 0.1;
  this.up = new Vector(0, 1, 0);
}
Floor.prototype.hit = function (from, way) {
  if (way.y > -1e-6) return Infinity;
  return (this.height - from.y) / way.y;
};
Floor.prototype.normal = function () { return this.up; };
Floor.prototype.colorAt = function (at) {
  return (Math.floor(at.x) + Math.floor(at.z)) & 1 ? new Vector(0.9, 0.9, 0.8) : new Vector(0.2, 0.3, 0.2);
};

function nearest(things, from, way) {
  var best = null, distance = Infinity;
  for (var i = 0; i < things.length; i++) {
    var d = things[i].hit(from, way);
    if (d < distance) {
      distance = d;
      best = things[i];
    }
  }
  return { thing: best, distance: distance };
}
var sun = new Vector(0.5, 0.8, -0.4).unit();
function trace(things, from, way, depth) {
  var found = nearest(things, from, way);
  if (found.thing === null) return new Vector(0.4, 0.6, 0.9).times(0.5 + 0.5 * way.y);
  var at = from.plus(way.times(found.distance));
  var normal = found.thing.normal(at);
  var light = normal.dot(sun);
  if (light > 0 && nearest(things, at.plus(normal.times(1e-4)), sun).thing !== null) light = 0;
  var color = found.thing.colorAt(at).times(0.2 + 0.8 * Math.max(0, light));
  if (depth > 0 && found.thing.mirror > 0) {
    var back = way.minus(normal.times(2 * way.dot(normal)));
    var seen = trace(things, at.plus(normal.times(1e-4)), back, depth - 1);
    color = color.times(1 - found.thing.mirror).plus(seen.times(found.thing.mirror));
  }
  return color;
}
function run() {
  var things = [new Floor(-1)];
  for (var i = 0; i < 6; i++) {
    things.push(new Sphere(new Vector(i - 2.5, Math.sin(i) * 0.4, 4 + (i % 3)), 0.5 + 0.05 * i,
      new Vector(0.2 + 0.1 * i, 0.9 - 0.1 * i, 0.5), 0.3));
  }
  var size = 40, sum = 0, eye = new Vector(0, 0.3, -1);
  for (var y = 0; y < size; y++) {
    for (var x = 0; x < size; x++) {
      var way = new Vector((x - size / 2) / size, (size / 2 - y) / size, 1).unit();
      var c = trace(things, eye, way, 2);
      sum += Math.round(c.x * 255) + Math.round(c.y * 255) * 3 + Math.round(c.z * 255) * 7;
    }
  }
  return sum;
}
