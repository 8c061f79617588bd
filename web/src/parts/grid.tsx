// A grid of many rows of which only those in sight are there: fixed heights, one column of focus, groups that fold.
import { computed, useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { columnWidths, density, isNarrow, letters } from "../settings";

export interface Column<T> {
  id: string;
  name: string;
  width: number;
  right?: boolean;
  /** What it is sorted by; a column without cannot be. */
  by?: (row: T) => number | string | null;
  /** What stands in a file. */
  text: (row: T) => string;
  cell: (row: T) => ComponentChildren;
}

export type Line<T> = { kind: "row"; row: T } | { kind: "group"; key: string; count: number; isOpen: boolean };

interface Props<T extends { id: number }> {
  label: string;
  lines: ReadonlySignal<Line<T>[]>;
  /** The row as it is now; it is followed, so that one row is drawn when one row changes. */
  follow: (id: number) => ReadonlySignal<T | undefined>;
  columns: Column<T>[];
  sort: { column: string; down: boolean };
  setSort: (column: string) => void;
  toggle: (group: string) => void;
  /** What a group comes to; it follows its trades by itself. */
  summary: (group: string) => ComponentChildren;
  open: (row: T) => void;
  keys?: Record<string, (row: T) => void>;
  /** A row as a card, where the screen is narrow. */
  card: (row: T) => ComponentChildren;
  tone?: (row: T) => string;
  focused: (isFocused: boolean) => void;
  empty: ComponentChildren;
}

const OVER = 8;
const CARD = 76;

export const rowHeight = computed(() => (isNarrow.value ? CARD : density.value === "compact" ? 26 : 34));

export function Grid<T extends { id: number }>(props: Props<T>) {
  const { lines, columns, label } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  const active = useSignal(0);
  const row = rowHeight.value;
  const all = lines.value;
  useEffect(() => {
    const at = scroller.current;
    if (!at) return undefined;
    const measure = () => (height.value = at.clientHeight);
    const watch = new ResizeObserver(measure);
    watch.observe(at);
    measure();
    return () => watch.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top.value / row) - OVER);
  const last = Math.min(all.length, Math.ceil((top.value + height.value) / row) + OVER);
  const at = Math.min(active.value, Math.max(0, all.length - 1));
  const move = (to: number) => {
    const next = Math.max(0, Math.min(all.length - 1, to));
    active.value = next;
    const shown = scroller.current;
    if (!shown) return;
    const header = isNarrow.value ? 0 : row;
    if (next * row < shown.scrollTop) shown.scrollTop = next * row;
    else if ((next + 1) * row + header > shown.scrollTop + shown.clientHeight) shown.scrollTop = (next + 1) * row + header - shown.clientHeight;
    requestAnimationFrame(() => shown.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus({ preventScroll: true }));
  };
  const onKey = (key: KeyboardEvent) => {
    const line = all[at];
    const page = Math.max(1, Math.floor(height.value / row) - 1);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: all.length - 1 };
    if (letters.value) Object.assign(steps, { j: at + 1, k: at - 1 });
    if (key.ctrlKey || key.metaKey || key.altKey) return;
    if (key.target instanceof HTMLElement && key.target.closest("button, a, input") && !key.target.hasAttribute("data-at")) return;
    if (key.key in steps) move(steps[key.key]!);
    else if (key.key === "Enter" || key.key === " ") {
      if (line?.kind === "group") props.toggle(line.key);
      else if (line) props.open(line.row);
    } else if (letters.value && line?.kind === "row" && props.keys?.[key.key]) props.keys[key.key]!(line.row);
    else return;
    key.preventDefault();
  };
  if (all.length === 0) return <div class="empty">{props.empty}</div>;
  const template = isNarrow.value ? "1fr" : columns.map(track).join(" ");
  const least = isNarrow.value ? 0 : columns.reduce((sum, one) => sum + widthOf(one), 0) + columns.length * 12;
  return (
    <div
      ref={scroller}
      class="grid"
      role="grid"
      aria-label={label}
      aria-rowcount={all.length + 1}
      aria-colcount={isNarrow.value ? 1 : columns.length}
      onScroll={(scroll) => (top.value = scroll.currentTarget.scrollTop)}
      onKeyDown={onKey}
      onFocusIn={() => props.focused(true)}
      onFocusOut={(focus) => !(focus.currentTarget as HTMLElement).contains(focus.relatedTarget as Node | null) && props.focused(false)}
    >
      {!isNarrow.value && (
        <div class="grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, minWidth: `${least}px` }}>
          {columns.map((column) => {
            const isSorted = props.sort.column === column.id;
            const name = column.by ? (
              <button type="button" onClick={() => props.setSort(column.id)} onKeyDown={(key) => widen(key, column)}>
                {column.name}
                <span aria-hidden="true">{isSorted ? (props.sort.down ? " ↓" : " ↑") : ""}</span>
              </button>
            ) : (
              column.name
            );
            return (
              <div key={column.id} role="columnheader" class={column.right ? "right" : ""} aria-sort={isSorted ? (props.sort.down ? "descending" : "ascending") : "none"}>
                {name}
                <span class="grid-edge" aria-hidden="true" onPointerDown={(down) => draw(down, column)} onDblClick={() => setWidth(column, undefined)} />
              </div>
            );
          })}
        </div>
      )}
      <div class="grid-body" role="rowgroup" style={{ height: `${all.length * row}px`, minWidth: `${least}px` }}>
        {all.slice(first, last).map((line, index) => {
          const place = first + index;
          const common = { place, row, isActive: place === at, choose: () => (active.value = place) };
          return line.kind === "group" ? (
            <GroupLine key={`g${line.key}`} {...common} line={line} columns={columns.length} toggle={props.toggle} summary={props.summary} />
          ) : (
            <RowLine key={line.row.id} {...common} {...props} id={line.row.id} template={template} />
          );
        })}
      </div>
    </div>
  );
}

interface Common {
  place: number;
  row: number;
  isActive: boolean;
  choose: () => void;
}

interface GroupProps extends Common {
  line: Extract<Line<never>, { kind: "group" }>;
  columns: number;
  toggle: (key: string) => void;
  summary: (key: string) => ComponentChildren;
}

function GroupLine({ line, columns, toggle, summary, ...at }: GroupProps) {
  return (
    <div
      class="grid-group"
      role="row"
      aria-rowindex={at.place + 2}
      data-at={at.place}
      tabIndex={at.isActive ? 0 : -1}
      style={{ height: `${at.row}px`, transform: `translateY(${at.place * at.row}px)` }}
      onFocus={at.choose}
      onClick={() => toggle(line.key)}
    >
      <div role="gridcell" aria-colspan={columns} aria-expanded={line.isOpen}>
        <span class="fold" aria-hidden="true">
          {line.isOpen ? "▾" : "▸"}
        </span>
        <strong>{line.key}</strong>
        <span class="dim">{line.count}</span>
        <span class="grid-sum">{summary(line.key)}</span>
      </div>
    </div>
  );
}

function RowLine<T extends { id: number }>(props: Props<T> & Common & { id: number; template: string }) {
  const { id, follow, columns, place, row, template } = props;
  const now = useComputed(() => follow(id).value);
  const shown = now.value;
  if (shown === undefined) return null;
  return (
    <div
      class={`grid-row ${props.tone?.(shown) ?? ""}`}
      role="row"
      aria-rowindex={place + 2}
      data-at={place}
      data-id={id}
      tabIndex={props.isActive ? 0 : -1}
      style={{ height: `${row}px`, transform: `translateY(${place * row}px)`, gridTemplateColumns: template }}
      onFocus={props.choose}
      onDblClick={() => props.open(shown)}
    >
      {isNarrow.value ? (
        <div role="gridcell" class="grid-card">
          {props.card(shown)}
        </div>
      ) : (
        columns.map((column) => (
          <div key={column.id} role="gridcell" class={column.right ? "right num" : ""}>
            {column.cell(shown)}
          </div>
        ))
      )}
    </div>
  );
}

// -- Widths: drawn at the right edge of a head, or with Shift and an arrow on it

type Sized = Pick<Column<never>, "id" | "width">;

const widthOf = (column: Sized) => columnWidths.value[column.id] ?? column.width;

/** Columns share what is left over; one that somebody has drawn stays as it is. */
function track(column: Sized): string {
  const width = widthOf(column);
  return column.id in columnWidths.value ? `${width}px` : `minmax(${width}px, ${width}fr)`;
}

function setWidth(column: Sized, width: number | undefined): void {
  const { [column.id]: _, ...others } = columnWidths.value;
  columnWidths.value = width === undefined ? others : { ...others, [column.id]: Math.round(Math.max(40, Math.min(600, width))) };
}

function widen(key: KeyboardEvent, column: Sized): void {
  if (!key.shiftKey || (key.key !== "ArrowLeft" && key.key !== "ArrowRight")) return;
  key.preventDefault();
  setWidth(column, widthOf(column) + (key.key === "ArrowRight" ? 12 : -12));
}

function draw(down: PointerEvent, column: Sized): void {
  down.preventDefault();
  const edge = down.currentTarget as HTMLElement;
  const width = edge.parentElement!.getBoundingClientRect().width;
  edge.setPointerCapture(down.pointerId);
  edge.onpointermove = (move) => setWidth(column, width + move.clientX - down.clientX);
  edge.onpointerup = edge.onpointercancel = () => (edge.onpointermove = null);
}
