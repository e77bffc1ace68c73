package io.github.lightning4j.cpu.arithmetic;

/** {@link Attending} in plain loops. */
final class ScalarAttending implements Attending {
    private static final double LN_2 = Math.log(2);

    @Override
    public void scaleTile(
            float[] p, int ldp, int rows, int cols, float[] decay, int at, float factor) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                p[i * ldp + j] *= factor * decay[at - i + j];
            }
        }
    }

    @Override
    public boolean softmax(
            float[] p,
            int ldp,
            int rows,
            int cols,
            boolean lower,
            float scale,
            float[] m,
            float[] l,
            float[] f) {
        boolean changed = false;
        for (int i = 0; i < rows; i++) {
            int begin = i * ldp;
            int end = begin + (lower ? i + 1 : cols);
            float most = m[i];
            for (int j = begin; j < end; j++) {
                most = Math.max(most, scale * p[j]);
            }
            float sum = 0;
            for (int j = begin; j < end; j++) {
                p[j] = (float) Math.exp((scale * p[j] - most) * LN_2);
                sum += p[j];
            }
            changed |= merge(i, most, sum, m, l, f);
        }
        return changed;
    }

    /** Takes the maximum and sum of a tile's row i into those so far; whether f_i is not 1. */
    static boolean merge(int i, float most, float sum, float[] m, float[] l, float[] f) {
        float factor = most == m[i] ? 1 : (float) Math.exp((m[i] - (double) most) * LN_2);
        m[i] = most;
        l[i] = factor * l[i] + sum;
        f[i] = factor;
        return factor != 1;
    }

    @Override
    public void step(
            float[] s,
            int lds,
            int d,
            int e,
            float[] q,
            float[] k,
            int qAt,
            float[] v,
            float[] o,
            int vAt,
            float c,
            float fade,
            float keep) {
        for (int j = 0; j < e; j++) {
            float sum = 0;
            for (int i = 0; i < d; i++) {
                float old = s[i * lds + j];
                float next = keep * old + (fade * old + k[qAt + i] * v[vAt + j]);
                s[i * lds + j] = next;
                sum += q[qAt + i] * next;
            }
            o[vAt + j] = c * sum;
        }
    }
}
