/** A label in capitals; Greek letters stay as they are, since τ in capitals would be another symbol. */
export function capitals(text: string): string {
  return text.replace(/\P{Script=Greek}+/gu, (part) => part.toUpperCase());
}
