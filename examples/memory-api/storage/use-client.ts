import type { PoolClient } from 'pg';

/** Does `work` and gives the connection back: to be used again when it was only a statement that failed. */
export async function useClient<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>): Promise<T> {
  // The work fails too when its connection breaks; an unheard 'error' would end the process.
  const ignore = () => {};
  client.on('error', ignore);
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(Object(error).severity !== 'ERROR');
    throw error;
  } finally {
    client.off('error', ignore);
  }
}
