interface Line { name: string; price: number }

export function total(lines: Line[]): number {
  return lines.reduce((sum, line) => sum + line.prize, 0);
}

export const first: string = total([]);
