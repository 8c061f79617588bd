// A dialog over the page: the browser's own, so that focus stays in it and Escape leaves it.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  title: string;
  close: () => void;
  children: ComponentChildren;
  tone?: "usual" | "danger";
  wide?: boolean;
}

export function Dialog({ title, close, children, tone = "usual", wide = false }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement as HTMLElement | null;
    if (shown && !shown.open) shown.showModal();
    return () => {
      shown?.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${tone} ${wide ? "wide" : ""}`}
      aria-labelledby={id}
      onCancel={(cancel) => {
        cancel.preventDefault();
        close();
      }}
      onClick={(click) => click.target === dialog.current && close()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon" aria-label="Close" onClick={close}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
