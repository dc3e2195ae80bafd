import { useId } from 'react';

interface Props<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly (readonly [value: Value, name: string])[];
  readonly onChange: (value: Value) => void;
  /** True: the label is for screen readers only. */
  readonly quiet?: boolean;
}

export function Select<Value extends string>({ label, value, options, onChange, quiet }: Props<Value>) {
  const id = useId();
  return (
    <span className={quiet ? '' : 'label'}>
      <label htmlFor={id} className={quiet ? 'hidden-text' : ''}>
        {label}
      </label>
      <select
        id={id}
        className="field"
        value={value}
        onChange={(event) => onChange(event.target.value as Value)}
      >
        {options.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}
