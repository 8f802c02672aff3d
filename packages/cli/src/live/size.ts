/** Of a screen, in columns and lines. */
export interface Size {
  readonly width: number;
  readonly height: number;
}
