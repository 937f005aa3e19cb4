export { assert, isChecking } from '../../model/assertion';
