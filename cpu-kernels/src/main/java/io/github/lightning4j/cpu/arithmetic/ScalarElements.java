package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.FeatureMap;

/** {@link Elements} in plain loops. */
final class ScalarElements implements Elements {
    @Override
    public void apply(FeatureMap map, Matrix x, int from, int to) {
        if (map != FeatureMap.IDENTITY) {
            float[] floats = x.floats();
            for (int i = from * x.rowStride(); i < to * x.rowStride(); i++) {
                floats[i] = (float) map.apply(floats[i]);
            }
        }
    }

    @Override
    public void chain(FeatureMap map, Matrix x, Matrix gradient) {
        if (map != FeatureMap.IDENTITY) {
            for (int i = 0; i < x.size(); i++) {
                gradient.floats()[i] *= (float) map.derivative(x.floats()[i]);
            }
        }
    }

    @Override
    public void scaleRows(Matrix x, float[] weights, int at, Matrix y) {
        y.shape(x.rows(), x.columns());
        for (int i = 0; i < x.rows(); i++) {
            int row = i * x.rowStride();
            for (int j = row; j < row + x.columns(); j++) {
                y.floats()[j] = weights[at + i] * x.floats()[j];
            }
        }
    }

    @Override
    public void mask(Matrix p, float[] decay, int reach) {
        for (int i = 0; i < p.rows(); i++) {
            for (int j = 0; j <= i; j++) {
                p.floats()[i * p.rowStride() + j] *= decay[reach - i + j];
            }
        }
    }

    @Override
    public void transpose(Matrix x, Matrix y) {
        y.shape(x.columns(), x.rows());
        for (int i = 0; i < x.rows(); i++) {
            for (int j = 0; j < x.columns(); j++) {
                y.floats()[j * y.rowStride() + i] = x.floats()[i * x.rowStride() + j];
            }
        }
    }

    @Override
    public void advance(Matrix s, Matrix u, int from, int to, float fade, float keep) {
        float[] x = s.floats();
        for (int i = from; i < to; i++) {
            x[i] = keep * x[i] + (fade * x[i] + u.floats()[i]);
        }
    }

    @Override
    public void advanceExchanging(Matrix s, Matrix u, int from, int to, float fade, float keep) {
        float[] x = s.floats();
        for (int i = from; i < to; i++) {
            float old = x[i];
            x[i] = keep * old + (fade * old + u.floats()[i]);
            u.floats()[i] = old;
        }
    }
}
