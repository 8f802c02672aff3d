import { type ReactNode, useEffect, useId, useRef } from "react";

interface ConfirmProps {
  readonly title: string;
  readonly action: string;
  readonly onAnswer: (isSure: boolean) => void;
  readonly children: ReactNode;
}

/** Asks before something that can't be undone. The browser keeps the focus inside, and Escape says no. */
export function Confirm({ title, action, onAnswer, children }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={name} onClose={() => onAnswer(false)}>
      <h2 id={name}>{title}</h2>
      {children}
      <div className="row end">
        <button type="button" onClick={() => onAnswer(false)}>
          Go back
        </button>
        <button type="button" className="danger" onClick={() => onAnswer(true)}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
