export interface Violation {
  /** The sentence that is not true. */
  readonly rule: string;
  readonly detail: string;
}
