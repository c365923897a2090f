export const pages = 3;
