import writeXlsxFile, { type Cell } from 'write-excel-file/node';
import type { Access } from '../access.ts';
import type { Db } from '../db/client.ts';
import { NotFoundError } from '../errors.ts';
import { safeName } from '../exports/exported.ts';
import { parseId } from '../exports/query.ts';
import type { ExportedFile } from '../exports/serve-exports.ts';
import { findAnalysis, listDetails } from './analysis.store.ts';
import { type ReportCell, reportOf } from './report.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** The report of one result as an XLSX file, made in memory: 30 kB at most. Throws NotFoundError. */
export async function writeReport(db: Db, { workspaceId }: Access, text: string): Promise<ExportedFile> {
  const id = parseId(text, 'id', 'Analysis');
  const analysis = await findAnalysis(db, workspaceId, id);
  const details = analysis === null ? undefined : (await listDetails(db, workspaceId, [id])).get(id);
  if (analysis === null || details === undefined) throw new NotFoundError(`There is no analysis ${id}.`);
  const sheets = reportOf({ analysis, details }).map(({ title, widths, headings, rows }) => ({
    sheet: title,
    columns: widths.map((width) => ({ width })),
    data: rows.map((row, i) => row.map((cell) => toCell(cell, headings.includes(i)))),
  }));
  const body = await writeXlsxFile(sheets).toBuffer();
  const { ticker, strategy, asOf } = analysis;
  return { name: `${safeName(ticker, strategy, asOf)}.xlsx`, type: XLSX, body };
}

/** The type is named: a text is never taken for a formula or a number. */
function toCell(value: ReportCell, bold: boolean): Cell {
  if (value === null) return null;
  const style = bold ? { fontWeight: 'bold' as const } : {};
  if (typeof value === 'number') return { value, type: Number, ...style };
  return typeof value === 'boolean' ? { value, type: Boolean } : { value, type: String, ...style };
}
