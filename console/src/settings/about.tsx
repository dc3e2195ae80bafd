import { forgetKey } from '../data/session.ts';
import { useRequest } from '../data/use-request.ts';
import { LimitsDocument } from '../generated/graphql.ts';
import { Figures } from '../parts/figures.tsx';
import { FailureNotice, Panel } from '../parts/panel.tsx';
import { text } from './settings.text.ts';

export function About() {
  const { data, failure, reload } = useRequest(LimitsDocument, {});
  const signOut = () => {
    forgetKey();
    location.assign('/');
  };
  return (
    <Panel title={text.about.title}>
      <div className="stack limits">
        <FailureNotice failure={failure} retry={reload} />
        {data !== null && (
          <Figures
            of={[
              [text.about.subject, data.viewer.subject],
              [text.about.workspace, data.viewer.workspaceName],
              [
                text.about.scopes,
                data.viewer.scopes.map((scope) => scope.toLowerCase().replace('_', ':')).join(', '),
              ],
            ]}
          />
        )}
        <p className="soft">{text.about.promise}</p>
        <p className="row wrap">
          <a href="/graphql">{text.about.graphiql}</a>
          <a href="/third-party.txt">{text.about.licences}</a>
          <button type="button" className="button" data-size="small" onClick={signOut}>
            {text.about.signOut}
          </button>
        </p>
      </div>
    </Panel>
  );
}
