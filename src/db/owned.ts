/** Something with the workspace that it must belong to: of another it is not there. */
export interface Owned {
  readonly workspaceId: string;
  readonly id: string;
}

export function ownedKey({ workspaceId, id }: Owned): string {
  return `${workspaceId} ${id}`;
}
