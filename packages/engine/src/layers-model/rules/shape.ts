import { elementCount } from "@tributary/protocol";
import { numberAttribute, numbersAttribute } from "../../ops/attributes.js";
import { type LayerApplication, type LayerRules, noLayer, reshaped, type Symbolic } from "../rule.js";

const shapedAsNode = (application: LayerApplication): Symbolic => {
  const { node, x } = application;
  return reshaped(application, x, node.shape.slice(1));
};

/** Some places of one dimension: what lies before and behind it as the first and the last axis of an image, which is cropped. */
function narrowed(application: LayerApplication): Symbolic {
  const { node, make, apply, name, x, sizes } = application;
  const axis = numberAttribute(node, "dim") - 1;
  const [start, length] = [numberAttribute(node, "start"), numberAttribute(node, "length")];
  const size = sizes[axis] ?? 0;
  const image = [elementCount(sizes.slice(0, axis)), size, elementCount(sizes.slice(axis + 1))];
  const cropping: [[number, number], [number, number]] = [
    [0, 0],
    [start, size - start - length],
  ];
  const asImage = reshaped(application, x, image, "image");
  const cropped = apply(make.cropping2D({ cropping, dataFormat: "channelsLast", ...name() }), asImage);
  return reshaped(application, cropped, node.shape.slice(1), "shape");
}

export const shape: LayerRules = {
  flatten: shapedAsNode,
  reshape: shapedAsNode,
  narrow: narrowed,
  permute({ node, make, apply, name, x }) {
    return apply(make.permute({ dims: numbersAttribute(node, "dims").slice(1), ...name() }), x);
  },
  pad({ node, make, apply, name, x, sizes }) {
    const [before = 0, after = 0, ...image] = numbersAttribute(node, "padding");
    const [top = 0, bottom = 0, left = 0, right = 0] = image;
    if (sizes.length !== 3 || before + after > 0 || numberAttribute(node, "value") !== 0)
      throw noLayer(node, "padding but with zeros around images");
    const padding: [[number, number], [number, number]] = [
      [top, bottom],
      [left, right],
    ];
    return apply(make.zeroPadding2d({ padding, dataFormat: "channelsFirst", ...name() }), x);
  },
  dropout: ({ node, make, apply, name, x }) => apply(make.dropout({ rate: numberAttribute(node, "p"), ...name() }), x),
  // Without training it does nothing, and there is no layer that drops channels.
  dropout2d: ({ make, apply, name, x }) => apply(make.activation({ activation: "linear", ...name() }), x),
};
