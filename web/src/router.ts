// Addresses of pages, and going from one to another without loading anything.
import { signal } from "@preact/signals";

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));

export function go(to: string, how: "push" | "replace" = "push"): void {
  const url = new URL(to, location.origin);
  if (how === "push" && url.pathname + url.search === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  arrive();
  if (how === "push") {
    scrollTo(0, 0);
    // Whoever hears the page is told where they are now.
    requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus());
  }
}

function arrive(): void {
  path.value = location.pathname;
  query.value = new URLSearchParams(location.search);
}

addEventListener("popstate", arrive);

// Every link of ours to a page of ours goes there without a load.
document.addEventListener("click", (click) => {
  if (click.defaultPrevented || click.button !== 0) return;
  if (click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
  const link = (click.target as Element).closest("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/api/") || link.hash) return;
  click.preventDefault();
  go(link.pathname + link.search);
});
