"""The one class of Java that a session adds to Spark, compiled there by the compiler that Spark has for its queries.

Iceberg lets a listener that fails fail the read, and one that waits make it wait. So this one keeps what it hears, with
what it knows of the caller at that moment, and leaves the rest to those who ask.
"""

from typing import Any

#: Properties of the thread that asked for a read or write: the run that goes on in it, the frame on which it acts.
RUN = "cuvee.run"
FRAME = "cuvee.frame"
HEARD, AGAIN, END = "heard", "again", "end"
_EVENTS = ("ScanEvent", "CreateSnapshotEvent")
_SOURCE = """
public class Ear implements org.apache.iceberg.events.Listener {
  private final java.util.ArrayDeque told = new java.util.ArrayDeque();
  private long done = 0;

  public void notify(Object event) {
    try {
      org.apache.spark.sql.SparkSession session = org.apache.spark.sql.SparkSession.active();
      String run = session.sparkContext().getLocalProperty("RUN");
      String frame = session.sparkContext().getLocalProperty("FRAME");
      if (run != null || frame != null) {
        put(new Object[] {"HEARD", run, frame, event, session});
      }
    } catch (Throwable problem) {
      // Whatever goes wrong here, what was read or written is there.
    }
  }

  public void tell(String kind, String run, String what) {
    put(new Object[] {kind, run, what, null, null});
  }

  // Not private: what Spark has for a compiler forgets that a private method is synchronized.
  public synchronized void put(Object[] what) {
    told.add(what);
    notifyAll();
  }

  // What comes after so many that were done; null when there is nothing for so many milliseconds. One who asks again,
  // because his connection broke, gets the same.
  public synchronized Object[] after(long count, long patience) throws InterruptedException {
    while (done < count && !told.isEmpty()) {
      told.poll();
      done++;
    }
    if (told.isEmpty()) {
      wait(patience);
    }
    return (Object[]) told.peek();
  }
}
"""


def listen(gateway: Any) -> Any:
    """Have Iceberg tell such a listener, from now on; gives it."""
    java = gateway.jvm.java.lang
    compiler = gateway.jvm.org.codehaus.janino.SimpleCompiler()
    compiler.setParentClassLoader(java.Thread.currentThread().getContextClassLoader())
    compiler.cook(_SOURCE.replace("RUN", RUN).replace("FRAME", FRAME).replace("HEARD", HEARD))
    loader = compiler.getClassLoader()
    nothing = gateway.new_array(java.Class, 0), gateway.new_array(java.Object, 0)
    ear = loader.loadClass("Ear").getConstructor(nothing[0]).newInstance(nothing[1])
    for name in _EVENTS:
        event = java.Class.forName(f"org.apache.iceberg.events.{name}", True, loader)
        gateway.jvm.org.apache.iceberg.events.Listeners.register(ear, event)
    return ear
