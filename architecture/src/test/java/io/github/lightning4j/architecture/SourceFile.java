package io.github.lightning4j.architecture;

/**
 * A source file.
 *
 * @param module the folder of its module
 * @param packageName its package
 * @param name its outermost type
 */
record SourceFile(String module, String packageName, String name)
        implements Comparable<SourceFile> {
    @Override
    public int compareTo(SourceFile other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return packageName + "." + name;
    }
}
