import {
  type ChangeEvent,
  type DragEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from "react";
import { Problem } from "../../ui/states.js";
import { fittedInto } from "./image.js";
import { onBlack } from "./paper.js";

/** Pixels of a side, and of the pen. */
const SIDE = 280;
const PEN = 22;

interface DrawingPadProps {
  readonly ref: RefObject<HTMLCanvasElement | null>;
  /** Called once a frame at most: a pen moves more often than anybody can ask a network. */
  readonly onChange: (drawn: HTMLCanvasElement) => void;
}

/** White on black, as MNIST's digits are; a picture may be dropped on it or opened, and a scan is turned into white on black. */
export function DrawingPad({ ref, onChange }: DrawingPadProps) {
  const [problem, setProblem] = useState<string>();
  const pen = () => ref.current?.getContext("2d", { willReadFrequently: true }) ?? undefined;
  const frame = useRef<number>(undefined);
  const tell = (drawn: HTMLCanvasElement) => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = undefined;
      onChange(drawn);
    });
  };
  useEffect(
    () => () => {
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    },
    [],
  );
  const clear = () => {
    const context = pen();
    if (context === undefined) return;
    context.fillStyle = "black";
    context.fillRect(0, 0, SIDE, SIDE);
    setProblem(undefined);
    tell(context.canvas);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is there
  useEffect(clear, []);

  const draw = (event: PointerEvent<HTMLCanvasElement>, isNew: boolean) => {
    const context = pen();
    if (context === undefined || event.buttons !== 1) return;
    const box = context.canvas.getBoundingClientRect();
    const scale = SIDE / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    if (isNew) {
      event.currentTarget.setPointerCapture(event.pointerId);
      context.beginPath();
      context.moveTo(x, y);
    }
    context.lineWidth = PEN;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = "white";
    context.lineTo(x, y);
    context.stroke();
    tell(context.canvas);
  };

  const show = async (file: Blob | undefined) => {
    const context = pen();
    if (context === undefined) return;
    if (file === undefined) return setProblem("That was no file: drop one that holds a picture.");
    const picture = await createImageBitmap(file).catch(() => undefined);
    if (picture === undefined) return setProblem("This file is no picture that the browser can read.");
    clear();
    const { x, y, width, height } = fittedInto(SIDE, picture);
    context.drawImage(picture, x, y, width, height);
    picture.close();
    const pixels = context.getImageData(x, y, width, height);
    onBlack(pixels);
    context.putImageData(pixels, x, y);
    tell(context.canvas);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void show(event.dataTransfer.files[0]);
  };
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    // None: the choice was called off.
    if (target.files?.[0] !== undefined) void show(target.files[0]);
  };

  return (
    <>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <canvas
        ref={ref}
        className="pad"
        width={SIDE}
        height={SIDE}
        role="img"
        aria-label="Drawing"
        onPointerDown={(event) => draw(event, true)}
        onPointerMove={(event) => draw(event, false)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={drop}
      />
      <div className="row">
        <button type="button" onClick={clear}>
          Clear
        </button>
        <label className="row">
          <span>Open a picture</span>
          <input type="file" accept="image/*" onChange={choose} />
        </label>
      </div>
    </>
  );
}
