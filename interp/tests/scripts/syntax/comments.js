// HTML-like comments (Annex B) and comments with line ends count as line breaks.
var x = 1; <!-- not an operator
--> nor this
console.log(x); /* a
*/ console.log("after")
// expect: 1
// expect: after
