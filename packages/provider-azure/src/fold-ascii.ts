/**
 * Lower case for the letters A to Z, and no others: Azure compares ids without regard to case, but takes no two letters for one that
 * only their other forms share.
 */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
