// A line break ends a statement where the next token cannot go on.
let a = 1
let b = a
++b
console.log(a, b) // expect: 1 2
function f() {
  return
  1
}
console.log(f()) // expect: undefined
