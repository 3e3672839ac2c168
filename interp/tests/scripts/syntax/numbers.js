// All forms of numeric literals.
console.log(0x10, 0b101, 0o17, 017, 089); // expect: 16 5 15 15 89
console.log(1_000_000, .5, 5., 1e3, 2e-3); // expect: 1000000 0.5 5 1000 0.002
console.log(0.1 + 0.2, 1e21, 1e-7, 123456789012345680000); // expect: 0.30000000000000004 1e+21 1e-7 123456789012345680000
console.log(-0 === 0, 1 / -0); // expect: true -Infinity
