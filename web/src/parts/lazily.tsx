// A page that is loaded when somebody goes there.
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

export function lazily(load: () => Promise<ComponentType<{ id: number }>>): ComponentType<{ id: number }> {
  const found = signal<ComponentType<{ id: number }> | undefined>(undefined);
  const failed = signal(false);
  return function Lazy(props: { id: number }) {
    useEffect(() => {
      if (!found.peek()) load().then((page) => (found.value = page), () => (failed.value = true));
    }, []);
    const Page = found.value;
    if (Page) return <Page {...props} />;
    return <p class="loading">{failed.value ? "This part of the dashboard could not be loaded: load the page again." : "Loading…"}</p>;
  };
}
