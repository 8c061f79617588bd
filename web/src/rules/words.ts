// The names of rules as a person reads them.

const WORDS: Record<string, string> = {
  stop_loss: "stop",
  target: "target",
  trail: "trailing stop",
  keep: "kept share of profit",
  step: "stepped stop",
  break_even: "break-even stop",
  ladder: "ladder",
  bars: "stop on bars",
  time: "time exit",
  max_loss: "loss limit",
  mtm_target: "profit target",
  give_back: "give-back floor",
  gap: "gap floor",
  lock: "locked profit",
  lock_and_trail: "locked and trailed profit",
  trail_loss: "trailed loss limit",
  drawdown: "drawdown limit",
  daily_loss: "daily loss limit",
  daily_target: "daily target",
  max_trades_per_day: "trades-a-day limit",
  cooling_off: "cooling-off",
};

export function kindWords(kind: string): string {
  return WORDS[kind] ?? kind.replaceAll("_", " ");
}
