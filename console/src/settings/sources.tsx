import { Panel } from '../parts/panel.tsx';
import { text } from './settings.text.ts';

export function Sources() {
  return (
    <Panel title={text.sources.title} flush>
      <table className="table">
        <tbody>
          {text.sources.rows.map(([name, terms]) => (
            <tr key={name}>
              <td className="nowrap">{name}</td>
              <td className="soft">{terms}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
