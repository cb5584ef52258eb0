/** Whether a type is what a mutation answers with, around what it wrote. */
export function isAnswer(type: string): boolean {
  return type.endsWith('Payload');
}
