export const round = (cents) => Math.floor(cents * 100) / 100;
