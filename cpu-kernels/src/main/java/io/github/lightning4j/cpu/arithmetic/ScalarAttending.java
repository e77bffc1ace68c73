package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.cpu.arithmetic.Matrix.Part;

/** {@link Attending} in plain loops. */
final class ScalarAttending implements Attending {
    private static final double LN_2 = Math.log(2);

    @Override
    public void scaleTile(Matrix p, float[] decay, int at, float factor) {
        for (int i = 0; i < p.rows(); i++) {
            for (int j = 0; j < p.columns(); j++) {
                p.floats()[i * p.rowStride() + j] *= factor * decay[at - i + j];
            }
        }
    }

    @Override
    public boolean softmax(Matrix p, float scale, float[] m, float[] l, float[] f) {
        float[] x = p.floats();
        boolean changed = false;
        for (int i = 0; i < p.rows(); i++) {
            int begin = i * p.rowStride();
            int end = begin + (p.part() == Part.LOWER ? i + 1 : p.columns());
            float most = m[i];
            for (int j = begin; j < end; j++) {
                most = Math.max(most, scale * x[j]);
            }
            float sum = 0;
            for (int j = begin; j < end; j++) {
                x[j] = (float) Math.exp((scale * x[j] - most) * LN_2);
                sum += x[j];
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
    public void recur(Recurrence recurrence, Matrix s, Matrix q, Matrix k, Matrix v, Matrix o) {
        o.shape(v.rows(), v.columns());
        float[] state = s.floats();
        for (int row = 0; row < v.rows(); row++) {
            int key = row * k.rowStride();
            int value = row * v.rowStride();
            for (int j = 0; j < v.columns(); j++) {
                float sum = 0;
                for (int i = 0; i < k.columns(); i++) {
                    int at = i * s.rowStride() + j;
                    float added = k.floats()[key + i] * v.floats()[value + j];
                    float kept = recurrence.keep() * state[at];
                    state[at] = kept + (recurrence.fade() * state[at] + added);
                    sum += q.floats()[key + i] * state[at];
                }
                o.floats()[value + j] = recurrence.scale() * sum;
            }
        }
    }
}
