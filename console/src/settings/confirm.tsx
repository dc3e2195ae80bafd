import { useState } from 'react';
import { text } from './settings.text.ts';

interface Props {
  readonly name: string;
  readonly disabled: boolean;
  readonly onConfirm: () => void;
}

/** A button for what cannot be undone: the second click does it. */
export function Confirm({ name, disabled, onConfirm }: Props) {
  const [isAsked, setIsAsked] = useState(false);
  const click = () => {
    setIsAsked(!isAsked);
    if (isAsked) onConfirm();
  };
  return (
    <button
      type="button"
      className="button"
      data-kind="danger"
      data-size="small"
      disabled={disabled}
      onClick={click}
      onBlur={() => setIsAsked(false)}
    >
      {isAsked ? text.sure : name}
    </button>
  );
}
