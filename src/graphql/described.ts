/** Values of an enum with what each of them means. The keys' type makes the compiler ask for every one. */
export function described<Id extends string>(texts: Readonly<Record<Id, string>>) {
  return Object.fromEntries(
    Object.entries<string>(texts).map(([value, description]) => [value, { value, description }]),
  ) as Record<Id, { value: Id; description: string }>;
}
