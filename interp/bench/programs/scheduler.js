// A round-robin scheduler: tasks of several kinds that send each other messages through mailboxes.
// What it asks: calls of methods of many classes at one place, small objects, fields.
function Mailbox() {
  this.first = null;
  this.last = null;
  this.count = 0;
}
Mailbox.prototype.put = function (message) {
  if (this.last === null) this.first = message;
  else this.last.next = message;
  this.last = message;
  this.count++;
};
Mailbox.prototype.take = function () {
  var message = this.first;
  this.first = message.next;
  if (this.first === null) this.last = null;
  message.next = null;
  this.count--;
  return message;
};

function Message(from, value) {
  this.from = from;
  this.value = value;
  this.next = null;
}

function Producer(id, target, left) {
  this.id = id;
  this.box = new Mailbox();
  this.target = target;
  this.left = left;
}
Producer.prototype.step = function (world) {
  if (this.left === 0) return false;
  this.left--;
  world.send(this.target, new Message(this.id, this.left));
  return this.left > 0;
};

function Filter(id, target, modulus) {
  this.id = id;
  this.box = new Mailbox();
  this.target = target;
  this.modulus = modulus;
}
Filter.prototype.step = function (world) {
  if (this.box.count === 0) return false;
  var message = this.box.take();
  if (message.value % this.modulus !== 0) world.send(this.target, message);
  return this.box.count > 0;
};

function Adder(id) {
  this.id = id;
  this.box = new Mailbox();
  this.sum = 0;
}
Adder.prototype.step = function (world) {
  var work = 3;
  while (work-- > 0 && this.box.count > 0) {
    var message = this.box.take();
    this.sum = (this.sum + message.value * message.from) | 0;
  }
  return this.box.count > 0;
};

function World() {
  this.tasks = [];
  this.ready = [];
  this.steps = 0;
}
World.prototype.add = function (task) {
  this.tasks[task.id] = task;
  this.ready[task.id] = true;
};
World.prototype.send = function (to, message) {
  this.tasks[to].box.put(message);
  this.ready[to] = true;
};
World.prototype.run = function () {
  var going = true;
  while (going) {
    going = false;
    for (var i = 0; i < this.tasks.length; i++) {
      if (!this.ready[i]) continue;
      this.steps++;
      this.ready[i] = this.tasks[i].step(this);
      going = true;
    }
  }
};

function run() {
  var world = new World();
  var adder = new Adder(0);
  world.add(adder);
  for (var i = 1; i <= 5; i++) world.add(new Filter(i, i - 1, i + 1));
  for (var j = 6; j < 14; j++) world.add(new Producer(j, 1 + (j % 5), 400));
  world.run();
  return adder.sum + ":" + world.steps;
}
