/** The queue of one workspace, as its switch is set. */
export interface QueueSwitch {
  readonly workspaceId: string;
  /** Since when nothing is claimed; null: the queue is open. */
  readonly pausedAt: Date | null;
  /** Why it was paused, as somebody wrote it. */
  readonly pauseNote: string | null;
}

export const PAUSE_NOTE_LIMIT = 200;
