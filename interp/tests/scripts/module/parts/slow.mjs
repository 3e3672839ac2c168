console.log("slow begins");
await 0;
await 0;
console.log("slow ends");
