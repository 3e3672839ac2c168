// push, pop, shift, unshift, splice, reverse, fill, copyWithin.
let a = [1, 2, 3];
console.log(a.push(4, 5), a.pop(), a.shift(), a.unshift(0, 9), a.join()); // expect: 5 5 1 5 0,9,2,3,4
console.log(a.splice(1, 2, "x", "y", "z").join(), a.join(), a.splice(-1).join(), a.reverse().join()); // expect: 9,2 0,x,y,z,3,4 4 3,z,y,x,0
console.log(Array(4).fill(7, 1, 3).join(), [1, 2, 3, 4, 5].copyWithin(0, 3).join()); // expect: ,7,7, 4,5,3,4,5
