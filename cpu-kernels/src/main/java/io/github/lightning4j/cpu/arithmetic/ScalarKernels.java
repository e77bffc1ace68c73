package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** {@link Kernels} in plain loops: the readable one, and the one without the Vector API. */
final class ScalarKernels implements Kernels {
    private static final Attending ATTENDING = new ScalarAttending();
    private static final ValueLayout.OfFloat F32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public int lanes() {
        return 1;
    }

    @Override
    public void load(DType type, MemorySegment source, long offset, float[] x, int at, int n) {
        switch (type) {
            case F32 -> MemorySegment.copy(source, F32, offset, x, at, n);
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    x[at + i] = Float.float16ToFloat(source.get(I16, offset + 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    x[at + i] = DType.bFloat16ToFloat(source.get(I16, offset + 2L * i));
                }
            }
            default -> throw new AssertionError(type);
        }
    }

    @Override
    public void store(float[] x, int at, int n, DType type, MemorySegment target, long offset) {
        switch (type) {
            case F32 -> MemorySegment.copy(x, at, target, F32, offset, n);
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    target.set(I16, offset + 2L * i, Float.floatToFloat16(x[at + i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    target.set(I16, offset + 2L * i, DType.floatToBFloat16(x[at + i]));
                }
            }
            default -> throw new AssertionError(type);
        }
    }

    @Override
    public void apply(FeatureMap map, float[] x, int at, int n) {
        if (map != FeatureMap.IDENTITY) {
            for (int i = at; i < at + n; i++) {
                x[i] = (float) map.apply(x[i]);
            }
        }
    }

    @Override
    public void chain(FeatureMap map, float[] x, int n, float[] gradient) {
        if (map != FeatureMap.IDENTITY) {
            for (int i = 0; i < n; i++) {
                gradient[i] *= (float) map.derivative(x[i]);
            }
        }
    }

    @Override
    public void multiply(
            Band band,
            Finish finish,
            float[] a,
            int aRow,
            int aCol,
            float[] b,
            int ldb,
            float[] c,
            int ldc,
            int m,
            int n,
            int k) {
        float[] sums = new float[n];
        float[] before = finish.before(c);
        for (int i = 0; i < m; i++) {
            int begin = band == Band.UPPER_LEFT ? i : 0;
            int end = band == Band.LOWER_LEFT ? Math.min(k, i + 1) : k;
            Arrays.fill(sums, 0);
            for (int l = begin; l < end; l++) {
                float x = a[i * aRow + l * aCol];
                for (int j = 0; j < n; j++) {
                    sums[j] += x * b[l * ldb + j];
                }
            }
            for (int j = 0; j < n; j++) {
                c[i * ldc + j] = finish.of(i, before[i * ldc + j], sums[j]);
            }
        }
    }

    @Override
    public void scores(float[] a, int lda, float[] b, int ldb, float[] c, int ldc, int m, int k) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j <= i; j++) {
                float sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += a[i * lda + l] * b[l * ldb + j];
                }
                c[i * ldc + j] = sum;
            }
        }
    }

    @Override
    public void transpose(float[] x, int ldx, int rows, int cols, float[] t, int ldt) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                t[j * ldt + i] = x[i * ldx + j];
            }
        }
    }

    @Override
    public void scaleRows(
            float[] x, int ld, int rows, int cols, float[] weights, int at, float[] y) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                y[i * ld + j] = weights[at + i] * x[i * ld + j];
            }
        }
    }

    @Override
    public void scaleLower(float[] p, int ldp, int rows, float[] decay, int reach) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j <= i; j++) {
                p[i * ldp + j] *= decay[reach - i + j];
            }
        }
    }

    @Override
    public void advance(float[] s, float[] u, int from, int to, float fade, float keep) {
        for (int i = from; i < to; i++) {
            s[i] = keep * s[i] + (fade * s[i] + u[i]);
        }
    }

    @Override
    public void advanceExchanging(float[] s, float[] u, int from, int to, float fade, float keep) {
        for (int i = from; i < to; i++) {
            float old = s[i];
            s[i] = keep * old + (fade * old + u[i]);
            u[i] = old;
        }
    }

    @Override
    public void rowTimesMatrix(
            float weight, float[] x, int xAt, float[] m, int ldm, int k, float[] y, int n) {
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int l = 0; l < k; l++) {
                sum += x[xAt + l] * m[l * ldm + j];
            }
            y[j] = weight * sum;
        }
    }

    @Override
    public void rowTimesMatrixAdd(float[] x, float[] m, int ldm, int k, float[] y, int n) {
        for (int l = 0; l < k; l++) {
            for (int j = 0; j < n; j++) {
                y[j] += x[l] * m[l * ldm + j];
            }
        }
    }

    @Override
    public void rowDots(
            float[] m,
            int ldm,
            int rows,
            int n,
            float[] x,
            int xAt,
            float[] weights,
            int at,
            float[] y) {
        for (int i = 0; i < rows; i++) {
            float sum = 0;
            for (int j = 0; j < n; j++) {
                sum += m[i * ldm + j] * x[xAt + j];
            }
            y[i] = weights[at + i] * sum;
        }
    }

    @Override
    public void scaleTile(
            float[] p, int ldp, int rows, int cols, float[] decay, int at, float factor) {
        ATTENDING.scaleTile(p, ldp, rows, cols, decay, at, factor);
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
        return ATTENDING.softmax(p, ldp, rows, cols, lower, scale, m, l, f);
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
        ATTENDING.step(s, lds, d, e, q, k, qAt, v, o, vAt, c, fade, keep);
    }
}
