package io.github.lightning4j.models;

import io.github.lightning4j.Tensor;

import java.util.Map;

/**
 * TransNormerLLM in float64, token by token and without any of the library's arithmetic, from the
 * published equations (Qin et al., 2023, and the authors' model class): there are no other answers
 * for a whole model. Its attention alone is held to the authors' class by the golden layer.
 */
final class NaiveTransNormer {
    private final Map<String, Tensor> weights;
    private final int heads;
    private final boolean[] lrpe;
    private final double embeddingScale;
    private final String head;

    /** The state of a layer, [H][keys][D]. */
    private final double[][][][] states;

    private int position;

    NaiveTransNormer(
            Map<String, Tensor> weights,
            int heads,
            boolean[] lrpe,
            double embeddingScale,
            boolean tied) {
        this.weights = weights;
        this.heads = heads;
        this.lrpe = lrpe;
        this.embeddingScale = embeddingScale;
        head = tied ? "model.embed_tokens.weight" : "lm_head.weight";
        states = new double[lrpe.length][heads][][];
    }

    /** Logits of what follows a token. */
    double[] next(int id) {
        Tensor embeddings = weights.get("model.embed_tokens.weight");
        double[] x = new double[(int) embeddings.shape(1)];
        for (int i = 0; i < x.length; i++) {
            x[i] = embeddingScale * embeddings.getDouble((long) id * x.length + i);
        }
        for (int l = 0; l < lrpe.length; l++) {
            x = sum(x, attention(l, norm(x)));
            x = sum(x, glu("model.layers." + l + ".channel_mixer.", norm(x)));
        }
        position++;
        return product(head, norm(x));
    }

    private double[] attention(int l, double[] x) {
        String name = "model.layers." + l + ".token_mixer.";
        double[] all = product(name + "qkvu_proj.weight", x);
        int inner = all.length / 4;
        int dim = inner / heads;
        double[] o = new double[inner];
        for (int h = 0; h < heads; h++) {
            double[] q = turned(l, name, h, silu(all, h * dim, dim));
            double[] k = turned(l, name, h, silu(all, inner + h * dim, dim));
            if (states[l][h] == null) {
                states[l][h] = new double[k.length][dim];
            }
            double lambda = Math.exp(-slope(h) * (1 - l / (lrpe.length - 1.0) + 1e-5));
            for (int d = 0; d < k.length; d++) {
                for (int e = 0; e < dim; e++) {
                    double[] row = states[l][h][d];
                    row[e] = lambda * row[e] + k[d] * all[2 * inner + h * dim + e];
                    o[h * dim + e] += q[d] * row[e];
                }
            }
        }
        double[] normalised = norm(o);
        for (int i = 0; i < inner; i++) {
            normalised[i] *= all[3 * inner + i];
        }
        return product(name + "out_proj.weight", normalised);
    }

    /** Of 3 heads those of 2, and the first of 4. */
    private double slope(int h) {
        double[] ofThree = {1 / 16.0, 1 / 256.0, 1 / 4.0};
        return ofThree[h];
    }

    private double[] turned(int l, String name, int h, double[] x) {
        if (!lrpe[l]) {
            return x;
        }
        Tensor theta = weights.get(name + "lrpe.theta");
        double[] y = new double[2 * x.length];
        for (int i = 0; i < x.length; i++) {
            double angle = position * theta.getDouble((long) h * x.length + i);
            y[i] = x[i] * Math.cos(angle);
            y[x.length + i] = x[i] * Math.sin(angle);
        }
        return y;
    }

    private double[] glu(String name, double[] x) {
        double[] first = product(name + "l1.weight", x);
        double[] second = product(name + "l2.weight", x);
        for (int i = 0; i < first.length; i++) {
            first[i] *= second[i];
        }
        return product(name + "l3.weight", first);
    }

    private double[] product(String name, double[] x) {
        Tensor w = weights.get(name);
        double[] y = new double[(int) w.shape(0)];
        for (int row = 0; row < y.length; row++) {
            for (int i = 0; i < x.length; i++) {
                y[row] += w.getDouble((long) row * x.length + i) * x[i];
            }
        }
        return y;
    }

    private static double[] silu(double[] all, int from, int count) {
        double[] y = new double[count];
        for (int i = 0; i < count; i++) {
            y[i] = all[from + i] / (1 + Math.exp(-all[from + i]));
        }
        return y;
    }

    private static double[] norm(double[] x) {
        double sum = 0;
        for (double value : x) {
            sum += value * value;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / Math.sqrt(sum / x.length + 1e-6);
        }
        return y;
    }

    private static double[] sum(double[] x, double[] y) {
        double[] sum = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            sum[i] = x[i] + y[i];
        }
        return sum;
    }
}
