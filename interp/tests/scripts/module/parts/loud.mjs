console.log("loud");
export const value = 7;
